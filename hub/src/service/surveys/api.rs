//! Surveys for customers, without a login; their figures for pages.

use axum::Json as Answer;
use axum::extract::State;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use zeroize::Zeroizing;

use super::rules::{mean_hundredths, nps, percent};
use super::store::{self, Stored};
use crate::crm::customers::rules::lines;
use crate::http::extract::{Json, Query, given};
use crate::http::openapi::Refusals;
use crate::http::problem::{Problem, Who};
use crate::platform::address::{Client, neighbourhood};
use crate::platform::api::too_many;
use crate::platform::audit::{self, Change};
use crate::platform::clock;
use crate::platform::organisation::Tree;
use crate::platform::scope::{Entity, Owned, Scope};
use crate::platform::session::Session;
use crate::platform::sql::Sql;
use crate::platform::vault::SURVEY_COMMENT;
use crate::service::tickets::Reach;
use crate::state::App;

/// Most characters of a comment.
const COMMENT: usize = 500;
/// Whose a survey is: whose its ticket is.
const OWNED: Owned<'static> =
    Owned { entity: Entity::Ticket, table: "ticket", id: "c.id", organisation: "organisation_id", owner: "installer_id" };

/// What a customer opens.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenSurvey {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String)]
    token: Zeroizing<String>,
}

/// What a customer says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerSurvey {
    /// What stands behind the `#` of the link.
    #[schema(value_type = String)]
    token: Zeroizing<String>,
    /// Would they recommend it: 0 to 10.
    #[schema(minimum = 0, maximum = 10)]
    score: i32,
    /// How content they are: 1 to 5.
    #[schema(minimum = 1, maximum = 5)]
    satisfaction: i32,
    /// In their own words, up to 500 characters.
    #[serde(default)]
    #[schema(value_type = String)]
    comment: Zeroizing<String>,
}

/// A survey as its customer sees it.
#[derive(Debug, Serialize, ToSchema, FromQueryResult)]
pub struct OpenedSurvey {
    /// Number of the ticket that people say.
    code: String,
    /// What it was for.
    kind: String,
    /// Who did it.
    organisation: String,
    /// When it was done.
    done_ms: Option<i64>,
    /// Whether it was answered.
    answered: bool,
}

async fn opened(app: &App, client: Client, token: &str) -> Result<(Stored, OpenedSurvey), Problem> {
    app.attempts.admit("", neighbourhood(client.0), clock::now_ms()).map_err(too_many)?;
    let db = app.db.read();
    let survey = store::of_token(db, token).await?.ok_or_else(Problem::not_found)?;
    let sql =
        Sql::new("SELECT COALESCE(c.code, '') AS code, c.kind, o.name AS organisation, c.done_ms, ").bind(survey.answered_ms.is_some());
    let sql = sql.text(" AS answered FROM ticket c JOIN organisation o ON o.id = c.organisation_id WHERE c.id = ").bind(survey.ticket_id);
    let shown = sql.one::<OpenedSurvey>(db).await?.ok_or_else(Problem::not_found)?;
    Ok((survey, shown))
}

/// Open a survey by its link; for customers, without a login.
#[utoipa::path(post, path = "/api/v1/surveys/open", tag = "service", request_body = OpenSurvey,
    responses((status = 200, body = OpenedSurvey), Refusals))]
pub async fn open(State(app): State<App>, client: Client, Json(asked): Json<OpenSurvey>) -> Result<Answer<OpenedSurvey>, Problem> {
    Ok(Answer(opened(&app, client, &asked.token).await?.1))
}

/// Answer a survey, once; for customers, without a login.
#[utoipa::path(post, path = "/api/v1/surveys/answer", tag = "service", request_body = AnswerSurvey,
    responses((status = 200, body = OpenedSurvey), Refusals))]
pub async fn answer(State(app): State<App>, client: Client, Json(said): Json<AnswerSurvey>) -> Result<Answer<OpenedSurvey>, Problem> {
    let (survey, shown) = opened(&app, client, &said.token).await?;
    for (field, number, bounds) in [("score", said.score, 0..=10), ("satisfaction", said.satisfaction, 1..=5)] {
        if !bounds.contains(&number) {
            return Err(Problem::invalid("survey_score", field, "请在给出的分数中选择。", "Choose one of the scores.").who(Who::Reader));
        }
    }
    let comment = lines(&said.comment, COMMENT).ok_or_else(|| {
        Problem::invalid("text_length", "comment", "最多 500 个字，不能有控制字符。", "At most 500 characters, no control characters.")
    })?;
    let tx = app.db.begin().await?;
    let keys = app.vault.for_writing(&tx).await?;
    let sql = Sql::new("UPDATE survey SET answered_ms = ").bind(clock::now_ms()).text(", score = ").bind(said.score);
    let sql = sql.text(", satisfaction = ").bind(said.satisfaction).text(" WHERE answered_ms IS NULL AND id = ").bind(survey.id);
    if sql.run(&tx).await? == 0 {
        let (zh, en) = ("这份评价已经提交过，谢谢。", "This survey was answered already; thank you.");
        return Err(Problem::conflict("survey_answered", zh, en));
    }
    if !comment.is_empty() {
        keys.put(&tx, &SURVEY_COMMENT, survey.id, Some(&comment)).await?;
    }
    Sql::new("UPDATE ticket SET version = version + 1, satisfaction = ")
        .bind(said.satisfaction)
        .text(" WHERE id = ")
        .bind(survey.ticket_id)
        .run(&tx)
        .await?;
    let change = Change { author: "customer", entity: "ticket", id: survey.ticket_id.to_string(), action: "survey" };
    audit::record(&tx, change, audit::NOTHING, Some(json!({"score": said.score, "satisfaction": said.satisfaction}))).await?;
    tx.commit().await?;
    Ok(Answer(OpenedSurvey { answered: true, ..shown }))
}

/// Which figures.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct FiguresQuery {
    /// Of this organisation and all beneath it.
    #[serde(deserialize_with = "given")]
    below: Option<i64>,
    /// Of tickets that were done from this moment on, in milliseconds.
    #[serde(deserialize_with = "given")]
    from: Option<i64>,
    /// Of those that were done before this moment.
    #[serde(deserialize_with = "given")]
    to: Option<i64>,
}

#[derive(Default, FromQueryResult)]
struct Counted {
    organisation: i64,
    organisation_name: String,
    completed: i64,
    answers: i64,
    promoters: i64,
    detractors: i64,
    stars: i64,
    visited: i64,
}

/// Figures of what customers say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Figures {
    /// Tickets that were done.
    completed: i64,
    /// Surveys that were answered.
    answers: i64,
    /// Percent of 9 and 10 less percent of 0 to 6; `null` without an answer.
    nps: Option<i64>,
    /// Mean satisfaction of 1 to 5 in hundredths.
    satisfaction_hundredths: Option<i64>,
    /// Return visits that were made, in percent of tickets that were done.
    coverage_percent: Option<i64>,
}

/// Figures of one organisation.
#[derive(Debug, Serialize, ToSchema)]
pub struct StoreFigures {
    /// The organisation.
    organisation: i64,
    /// Its name.
    organisation_name: String,
    /// Its figures.
    #[serde(flatten)]
    figures: Figures,
}

/// Figures of each organisation, and of all together.
#[derive(Debug, Serialize, ToSchema)]
pub struct SurveyFigures {
    /// All together.
    all: Figures,
    /// Each organisation that has done tickets.
    stores: Vec<StoreFigures>,
}

impl Counted {
    const fn figures(&self) -> Figures {
        Figures {
            completed: self.completed,
            answers: self.answers,
            nps: nps(self.promoters, self.detractors, self.answers),
            satisfaction_hundredths: mean_hundredths(self.stars, self.answers),
            coverage_percent: percent(self.visited, self.completed),
        }
    }
}

/// What customers said of the tickets that an organisation, or anybody in a scope, did in a time.
async fn counted(
    db: &impl ConnectionTrait,
    (scope, tree): (&Scope, &Tree),
    below: Option<i64>,
    (from_ms, to_ms): (Option<i64>, Option<i64>),
) -> Result<Vec<Counted>, DbErr> {
    let sql = Sql::new(
        "SELECT c.organisation_id AS organisation, o.name AS organisation_name, COUNT(*) AS completed, COUNT(s.answered_ms) AS answers, \
         COUNT(CASE WHEN s.score >= 9 THEN 1 END) AS promoters, COUNT(CASE WHEN s.score <= 6 THEN 1 END) AS detractors, \
         CAST(COALESCE(SUM(s.satisfaction), 0) AS BIGINT) AS stars, COUNT(CASE WHEN EXISTS (SELECT 1 FROM ticket v WHERE v.from_id = c.id \
         AND v.kind = 'return_visit' AND v.state IN ('completed', 'closed')) THEN 1 END) AS visited FROM ticket c \
         JOIN organisation o ON o.id = c.organisation_id LEFT JOIN survey s ON s.ticket_id = c.id \
         WHERE c.kind <> 'return_visit' AND c.state IN ('completed', 'closed')",
    );
    let sql = tree.filter_below(scope.filter_owned(sql, OWNED), below);
    let sql = sql.bind_if(" AND c.done_ms >= ", from_ms).bind_if(" AND c.done_ms < ", to_ms);
    sql.text(" GROUP BY c.organisation_id, o.name ORDER BY o.name, c.organisation_id").all(db).await
}

fn together(stores: &[Counted]) -> Counted {
    stores.iter().fold(Counted::default(), |sum, of| Counted {
        completed: sum.completed + of.completed,
        answers: sum.answers + of.answers,
        promoters: sum.promoters + of.promoters,
        detractors: sum.detractors + of.detractors,
        stars: sum.stars + of.stars,
        visited: sum.visited + of.visited,
        ..sum
    })
}

/// How many customers gave 9 or 10, how many 0 to 6, and how many answered at all: for tickets that were done in a time.
///
/// # Errors
/// What the database said.
pub async fn scores(
    db: &impl ConnectionTrait,
    reach: (&Scope, &Tree),
    below: Option<i64>,
    (from_ms, to_ms): (i64, i64),
) -> Result<(i64, i64, i64), DbErr> {
    let all = together(&counted(db, reach, below, (Some(from_ms), Some(to_ms))).await?);
    Ok((all.promoters, all.detractors, all.answers))
}

/// NPS, satisfaction and coverage of return visits, by organisation.
#[utoipa::path(get, path = "/api/v1/surveys/figures", tag = "service", params(FiguresQuery),
    responses((status = 200, body = SurveyFigures), Refusals))]
pub async fn figures(
    State(app): State<App>,
    session: Session,
    Query(asked): Query<FiguresQuery>,
) -> Result<Answer<SurveyFigures>, Problem> {
    session.scope(Entity::Ticket)?;
    let scope = Reach::Seen.scope(&session.actor);
    if let Some(below) = asked.below {
        session.scope(Entity::Organisation)?.check_organisation(Some(below)).map_err(|problem| problem.field("below"))?;
    }
    let stores = counted(app.db.read(), (&scope, &session.actor.tree), asked.below, (asked.from, asked.to)).await?;
    let all = together(&stores);
    let store =
        |of: Counted| StoreFigures { figures: of.figures(), organisation: of.organisation, organisation_name: of.organisation_name };
    Ok(Answer(SurveyFigures { all: all.figures(), stores: stores.into_iter().map(store).collect() }))
}
