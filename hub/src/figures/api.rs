//! Figures for people: sales, funnel, stock, measures with their definitions, what needs somebody now.

use std::collections::BTreeMap;

use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use qitao_domain::quantity::Money;
use serde::Deserialize;
use utoipa::IntoParams;

use super::model::{FiguresNow, Measure, Ranking, SalesFigures, SalesOfClass, SalesOfDay, StockFigures};
use super::rules::{Known, Period, measures as measured};
use super::stock::{flowed, stock as valued};
use super::store::{Look, Repurchase, total};
use crate::crm::opportunities::{FunnelStage, funnel as stages};
use crate::http::extract::{Query, given};
use crate::http::openapi::Refusals;
use crate::http::problem::{Problem, Who};
use crate::platform::fields::store::zone_of;
use crate::platform::identity::{Actor, Area, Right};
use crate::platform::scope::{self, Entity, Part, Scope};
use crate::platform::session::Session;
use crate::sales::days::Sums;
use crate::sales::orders::rules::day;
use crate::service::surveys::scores;
use crate::service::tickets::Reach;
use crate::state::App;

/// Of whom, and when.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FiguresQuery {
    /// The first day, as `2026-11-23`; today when left away.
    #[serde(deserialize_with = "given")]
    pub from: Option<String>,
    /// The last day; today, or the first day where that is later, when left away. A period has 731 days at most.
    #[serde(deserialize_with = "given")]
    pub to: Option<String>,
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    pub below: Option<i64>,
}

/// What stands behind every answer.
struct Asking {
    scope: Scope,
    below: Option<i64>,
    period: Period,
    today: Date,
    zone: TimeZone,
    cost: bool,
    payments: bool,
}

fn wrong_day(field: &'static str) -> Problem {
    let (zh, en) = (
        "日期看不懂；要写成 2026-11-23，开始不晚于结束，最多 731 天。",
        "Days are written as 2026-11-23, from the first to the last, 731 at most.",
    );
    Problem::new(StatusCode::BAD_REQUEST, "filter_value", zh, en).field(field).who(Who::Reader)
}

/// Whether somebody has a right wherever they see what is summed, or wherever they ask for it: a sum is never of more than they may know.
fn covers(actor: &Actor, right: Right, over: Entity, below: Option<i64>) -> bool {
    // Who sees payments of their own records sees them in figures of their own records.
    let area = |of| if right == Right::SeePayments { actor.area_of_others(of) } else { actor.area(of) };
    let beneath = |below| actor.tree.organisations().filter(|id| actor.tree.is_within(*id, below)).collect();
    let asked = below.map(|below| Area::Part { below: Vec::new(), exactly: beneath(below) });
    let known = area(Some(right));
    actor.has(right) && asked.into_iter().chain([area(over.right())]).any(|summed| known.covers(&actor.tree, &summed))
}

async fn asking(app: &App, session: &Session, asked: &FiguresQuery) -> Result<Asking, Problem> {
    let (actor, below) = (&session.actor, asked.below);
    let scope = session.scope(Entity::Figure)?;
    if below.is_some() {
        let seen = scope::asked(actor, Entity::Organisation)?.check_organisation(below);
        seen.map_err(|problem| problem.field("below"))?;
    }
    let zone = zone_of(app.db.read(), actor.organisation, &app.config.outside.time_zone).await?;
    let today = jiff::Timestamp::now().to_zoned(zone.clone()).date();
    let on = |field: &'static str, given: Option<&str>| match given {
        None => Ok(None),
        Some(text) => day(text).and_then(|text| text.parse::<Date>().ok()).map(Some).ok_or_else(|| wrong_day(field)),
    };
    let from = on("from", asked.from.as_deref())?.unwrap_or(today);
    let to = on("to", asked.to.as_deref())?.unwrap_or_else(|| today.max(from));
    let period = Period::of(from, to).ok_or_else(|| wrong_day("from"))?;
    let [cost, payments] = [Right::PriceCost, Right::SeePayments].map(|right| covers(actor, right, Entity::Figure, below));
    Ok(Asking { scope, below, period, today, zone, cost, payments })
}

impl Asking {
    fn look<'a>(&'a self, session: &'a Session) -> Look<'a> {
        let Self { scope, below, period, cost, payments, .. } = self;
        Look { tree: &session.actor.tree, scope, below: *below, period: *period, cost: *cost, payments: *payments }
    }

    /// The period in milliseconds, where the reader is.
    fn time(&self) -> (i64, i64) {
        let begin = |day: Date| day.to_zoned(self.zone.clone()).map_or(0, |at| at.timestamp().as_millisecond());
        (begin(self.period.from), begin(self.period.to.saturating_add(1.days())))
    }
}

/// How much was sold in a period, compared with as many days before; by organisation, person, class of customer and day, or month where the
/// period has more than 62 days. Of orders that several people sold each has their share.
#[utoipa::path(get, path = "/api/v1/figures/sales", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = SalesFigures), Refusals))]
pub async fn sales(State(app): State<App>, session: Session, Query(asked): Query<FiguresQuery>) -> Result<Answer<SalesFigures>, Problem> {
    let (asking, db) = (asking(&app, &session, &asked).await?, app.db.read());
    let (look, period) = (asking.look(&session), asking.period);
    let before = period.before();
    let (now, then, ranking, customers, were) = tokio::try_join!(
        look.kept(db, period),
        look.kept(db, before),
        look.ranking(db),
        look.customers(db, period),
        look.customers(db, before)
    )?;
    let (mut classes, mut days) = (BTreeMap::<&str, Sums>::new(), BTreeMap::<String, Sums>::new());
    for row in &now {
        for sum in [classes.entry(&row.class).or_default(), days.entry(period.told_as(&row.day)).or_default()] {
            *sum = *sum + row.sums();
        }
    }
    let sales = |of: &Sums| Money::from_raw(of.amount_fen);
    let class = |(class, of): (&&str, &Sums)| SalesOfClass { class: (*class).to_owned(), orders: of.orders, sales: sales(of) };
    let day = |(day, of): (&String, &Sums)| SalesOfDay { day: day.clone(), orders: of.orders, sales: sales(of) };
    Ok(Answer(SalesFigures {
        from: period.from.to_string(),
        to: period.to.to_string(),
        previous_from: before.from.to_string(),
        previous_to: before.to.to_string(),
        own_only: asking.scope.is_own_only(),
        all: look.sums(total(&now), customers),
        previous: look.sums(total(&then), were),
        ranking,
        classes: classes.iter().map(class).collect(),
        days: days.iter().map(day).collect(),
    }))
}

/// Who sold most in a period, without the rest of its figures.
#[utoipa::path(get, path = "/api/v1/figures/ranking", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = Ranking), Refusals))]
pub async fn ranking(State(app): State<App>, session: Session, Query(asked): Query<FiguresQuery>) -> Result<Answer<Ranking>, Problem> {
    let asking = asking(&app, &session, &asked).await?;
    Ok(Answer(asking.look(&session).ranking(app.db.read()).await?))
}

/// The stages of the sales pipeline: what is in them now, and how much of what left them within the period moved on. Empty for who may not
/// see opportunities.
#[utoipa::path(get, path = "/api/v1/figures/funnel", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = Vec<FunnelStage>), Refusals))]
pub async fn funnel(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<FiguresQuery>,
) -> Result<Answer<Vec<FunnelStage>>, Problem> {
    let asking = asking(&app, &session, &asked).await?;
    if scope::of(&session.actor, Entity::Opportunity) == Scope::Sites(Vec::new()) {
        return Ok(Answer(Vec::new()));
    }
    Ok(Answer(stages(&app, &session, asking.below, asking.time()).await?))
}

/// What stock is worth now: on hand × cost where that is known.
#[utoipa::path(get, path = "/api/v1/figures/stock", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = StockFigures), Refusals))]
pub async fn stock(State(app): State<App>, session: Session, Query(asked): Query<FiguresQuery>) -> Result<Answer<StockFigures>, Problem> {
    let asking = asking(&app, &session, &asked).await?;
    let actor = &session.actor;
    let scope = scope::of(actor, Entity::Stock).at_most(&actor.tree, Part { site: None, below: asking.below });
    let cost = covers(actor, Right::PriceCost, Entity::Stock, asking.below);
    Ok(Answer(valued(app.db.read(), &actor.tree, &scope, cost, asking.today).await?))
}

/// Figures that have a definition, each with it: repurchase, average order, returns, NPS, turnover and its days. Of what there are no records, or
/// none that the reader may see, the value is `null`.
#[utoipa::path(get, path = "/api/v1/figures/measures", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = Vec<Measure>), Refusals))]
pub async fn measures(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<FiguresQuery>,
) -> Result<Answer<Vec<Measure>>, Problem> {
    let (asking, db) = (asking(&app, &session, &asked).await?, app.db.read());
    let (look, actor) = (asking.look(&session), &session.actor);
    let tickets = Reach::Seen.scope(actor);
    let stock = scope::of(actor, Entity::Stock).at_most(&actor.tree, Part { site: None, below: asking.below });
    let (Repurchase { bought, again }, sold, answers, flowed) = tokio::try_join!(
        look.repurchase(db),
        async { Ok(total(&look.kept(db, asking.period).await?)) },
        scores(db, (&tickets, &actor.tree), asking.below, asking.time()),
        flowed(db, &actor.tree, &stock, asking.period, asking.today),
    )?;
    let known = Known {
        bought,
        bought_again: again,
        orders: sold.orders,
        paid_fen: asking.payments.then_some(sold.paid_fen),
        answers,
        delivered: flowed.map(|(delivered, _)| delivered),
        stocked: flowed.map(|(_, stocked)| stocked).filter(|_| covers(actor, Right::PriceCost, Entity::Stock, asking.below)),
    };
    Ok(Answer(measured(&known)))
}

/// What needs somebody now, and the last orders that were won.
#[utoipa::path(get, path = "/api/v1/figures/now", tag = "figures", params(FiguresQuery),
    responses((status = 200, body = FiguresNow), Refusals))]
pub async fn now(State(app): State<App>, session: Session, Query(asked): Query<FiguresQuery>) -> Result<Answer<FiguresNow>, Problem> {
    let asking = asking(&app, &session, &asked).await?;
    let look = asking.look(&session);
    Ok(Answer(super::now::now(app.db.read(), &session.actor, &look, &asking.today.to_string()).await?))
}
