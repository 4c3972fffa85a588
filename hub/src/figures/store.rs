//! What the hub keeps of sales, read for somebody.

use std::collections::BTreeMap;

use qitao_domain::quantity::Money;
use sea_orm::{ConnectionTrait, DbErr, FromQueryResult};

use super::model::{SalesOfClass, SalesOfDay, SalesOfOrganisation, SalesOfPerson, SalesSums, Win};
use super::rules::{Period, average_order, per_mille};
use crate::platform::organisation::{Kind, Tree};
use crate::platform::scope::Scope;
use crate::platform::sql::Sql;

/// Most organisations of a ranking.
const ORGANISATIONS: usize = 20;
/// Most people of a ranking.
const PEOPLE: i64 = 10;
/// Most wins that are told.
const WINS: i64 = 12;
/// Orders that count.
const COUNTED: &str = "x.state IN ('confirmed', 'shipped', 'completed')";

/// What somebody looks at.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// The chain's organisations.
    pub tree: &'a Tree,
    /// Whose figures they see.
    pub scope: &'a Scope,
    /// Of this organisation and all beneath it.
    pub below: Option<i64>,
    /// When.
    pub period: Period,
    /// Whether they see what things cost.
    pub cost: bool,
    /// Whether they see payments.
    pub payments: bool,
}

#[derive(Default, FromQueryResult)]
struct Kept {
    orders: i64,
    amount_fen: i64,
    known_fen: i64,
    cost_fen: i64,
}

#[derive(FromQueryResult)]
struct OfOrganisation {
    id: i64,
    name: String,
    name_en: String,
    orders: i64,
    amount_fen: i64,
}

#[derive(FromQueryResult)]
struct OfPerson {
    id: i64,
    name: String,
    orders: i64,
    amount_fen: i64,
}

#[derive(FromQueryResult)]
struct OfWord {
    word: String,
    orders: i64,
    amount_fen: i64,
}

#[derive(FromQueryResult)]
struct Won {
    id: i64,
    organisation_name: String,
    person_name: String,
    amount_fen: i64,
    confirmed_ms: i64,
}

#[derive(Default, FromQueryResult)]
struct Again {
    bought: i64,
    again: i64,
}

/// What customers who completed an order did.
pub struct Repurchase {
    /// Who completed one.
    pub bought: i64,
    /// Who completed two or more.
    pub again: i64,
}

impl<'a> Look<'a> {
    /// The same at another time.
    pub const fn at(self, period: Period) -> Look<'a> {
        Look { period, ..self }
    }

    /// Sums of the kept days; `by` are columns that begin the statement.
    fn days(&self, by: &str, orders: &str) -> Sql {
        let sum = |column: &str| format!("CAST(COALESCE(SUM(d.{column}), 0) AS BIGINT) AS {column}");
        let sql = Sql::new(format!("SELECT {by}CAST(COALESCE(SUM("));
        let sql = self.scope.whole_or_share(sql, "d.organisation_id", &format!("d.{orders}"), "d.shares");
        let sums = ["amount_fen", "known_fen", "cost_fen"].map(sum).join(", ");
        let sql = sql.text(&format!(
            "), 0) AS BIGINT) AS orders, {sums} FROM sales_day d JOIN organisation o ON o.id = d.organisation_id \
             JOIN hub_user u ON u.id = d.person_id WHERE d.day >= "
        ));
        let sql = sql.bind(self.period.from.to_string()).text(" AND d.day <= ").bind(self.period.to.to_string());
        self.tree.filter_below(self.scope.filter_shares(sql, "d.organisation_id", "d.person_id"), self.below)
    }

    /// Adds the orders that count with everybody who sold them, as the reader sees them.
    fn orders(&self, sql: Sql, more: &str, which: &str) -> Sql {
        let sql = sql.text(&format!(
            " FROM sales_order x JOIN order_split p ON p.order_id = x.id JOIN organisation o ON o.id = x.organisation_id{more} WHERE {which}"
        ));
        self.tree.filter_below(self.scope.filter_shares(sql, "x.organisation_id", "p.person_id"), self.below)
    }

    fn within(&self, sql: Sql, column: &str) -> Sql {
        let sql = sql.text(&format!(" AND {column} >= ")).bind(self.period.from.to_string());
        sql.text(&format!(" AND {column} <= ")).bind(self.period.to.to_string())
    }

    /// In sum.
    pub async fn all(&self, db: &impl ConnectionTrait) -> Result<SalesSums, DbErr> {
        let kept: Kept = self.days("", "orders").one(db).await?.unwrap_or_default();
        let customers = self.orders(Sql::new("SELECT COUNT(DISTINCT x.customer_id)"), "", COUNTED);
        let customers = self.within(customers, "x.confirmed_on").number(db).await?;
        let average = match self.payments {
            true => Some(average_order(self.paid(db).await?, kept.orders).map(Money::from_raw)),
            false => None,
        };
        let profit = self.cost.then(|| Money::from_raw(kept.known_fen - kept.cost_fen));
        let cost_known = self.cost.then(|| per_mille(kept.known_fen, kept.amount_fen));
        Ok(SalesSums { orders: kept.orders, customers, sales: Money::from_raw(kept.amount_fen), average, profit, cost_known })
    }

    /// What was paid for the orders less what was paid back, in fen; of the own share alone for whoever sees no more.
    pub async fn paid(&self, db: &impl ConnectionTrait) -> Result<i64, DbErr> {
        let sql = Sql::new("SELECT CAST(COALESCE(SUM(e.amount_fen * p.share_bp), 0) / 10000 AS BIGINT)");
        let sql = self.orders(sql, " JOIN payment_entry e ON e.order_id = x.id AND e.account = 'order'", COUNTED);
        self.within(sql, "x.confirmed_on").number(db).await
    }

    /// By organisation: the first of them, how many there are, and by brand.
    pub async fn organisations(
        &self,
        db: &impl ConnectionTrait,
    ) -> Result<(Vec<SalesOfOrganisation>, i64, Vec<SalesOfOrganisation>), DbErr> {
        let sql = self.days("o.id, o.name, o.name_en, ", "orders").text(" GROUP BY o.id, o.name, o.name_en");
        let mut rows: Vec<OfOrganisation> = sql.all(db).await?;
        rows.retain(|row| row.orders != 0 || row.amount_fen != 0);
        rows.sort_by_key(|row| (std::cmp::Reverse(row.amount_fen), row.id));
        let mut brands: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for row in &rows {
            // A brand that reaches beyond what the reader sees is none of their figures.
            let is_brand = |id: i64| self.tree.node(id).is_some_and(|node| node.kind == Kind::Brand);
            for brand in self.tree.down_to(row.id).filter(|id| is_brand(*id) && self.scope.sees_organisation(Some(*id))) {
                let sum = brands.entry(brand).or_default();
                *sum = (sum.0 + row.orders, sum.1 + row.amount_fen);
            }
        }
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        rows.truncate(ORGANISATIONS);
        let of = |row: OfOrganisation| SalesOfOrganisation {
            organisation: row.id,
            name: row.name,
            name_en: row.name_en,
            orders: row.orders,
            sales: Money::from_raw(row.amount_fen),
        };
        let names = Sql::new(
            "SELECT id, name, name_en, CAST(0 AS BIGINT) AS orders, CAST(0 AS BIGINT) AS amount_fen FROM organisation WHERE id IN ",
        );
        let named: Vec<OfOrganisation> = if brands.is_empty() { Vec::new() } else { names.among(brands.keys().copied()).all(db).await? };
        let mut brands: Vec<SalesOfOrganisation> = named
            .into_iter()
            .map(|row| {
                let (orders, amount_fen) = brands.get(&row.id).copied().unwrap_or_default();
                of(OfOrganisation { orders, amount_fen, ..row })
            })
            .collect();
        brands.sort_by_key(|row| std::cmp::Reverse(row.sales));
        brands.truncate(ORGANISATIONS);
        Ok((rows.into_iter().map(of).collect(), count, brands))
    }

    /// By person.
    pub async fn people(&self, db: &impl ConnectionTrait) -> Result<Vec<SalesOfPerson>, DbErr> {
        let sql = self
            .days("u.id, u.name, ", "shares")
            .text(" GROUP BY u.id, u.name HAVING SUM(d.shares) > 0 ORDER BY SUM(d.amount_fen) DESC, u.id LIMIT ");
        let rows: Vec<OfPerson> = sql.bind(PEOPLE).all(db).await?;
        let of =
            |row: OfPerson| SalesOfPerson { person: row.id, name: row.name, orders: row.orders, sales: Money::from_raw(row.amount_fen) };
        Ok(rows.into_iter().map(of).collect())
    }

    async fn words(&self, db: &impl ConnectionTrait, column: &str) -> Result<Vec<OfWord>, DbErr> {
        let sql = self.days(&format!("{column} AS word, "), "orders");
        sql.text(&format!(" GROUP BY {column} HAVING SUM(d.shares) > 0 ORDER BY {column}")).all(db).await
    }

    /// By class of customer.
    pub async fn classes(&self, db: &impl ConnectionTrait) -> Result<Vec<SalesOfClass>, DbErr> {
        let of = |row: OfWord| SalesOfClass { class: row.word, orders: row.orders, sales: Money::from_raw(row.amount_fen) };
        Ok(self.words(db, "d.customer_class").await?.into_iter().map(of).collect())
    }

    /// By day.
    pub async fn by_day(&self, db: &impl ConnectionTrait) -> Result<Vec<SalesOfDay>, DbErr> {
        let of = |row: OfWord| SalesOfDay { day: row.word, orders: row.orders, sales: Money::from_raw(row.amount_fen) };
        Ok(self.words(db, "d.day").await?.into_iter().map(of).collect())
    }

    /// The last orders that were confirmed, at any time.
    pub async fn wins(&self, db: &impl ConnectionTrait) -> Result<Vec<Win>, DbErr> {
        let sql =
            Sql::new("SELECT x.id, o.name AS organisation_name, (SELECT u.name FROM hub_user u WHERE u.id = p.person_id) AS person_name, ");
        let sql =
            self.scope.whole_or_share(sql, "x.organisation_id", "x.amount_fen", "p.amount_fen").text(" AS amount_fen, x.confirmed_ms");
        let sql = self.orders(sql, "", &format!("{COUNTED} AND x.confirmed_on IS NOT NULL")).text(" AND ");
        // Of an order in reach its first person stands for all who sold it.
        let sql =
            self.scope.whole_or_share(sql, "x.organisation_id", "p.n", "0").text(" = 0 ORDER BY x.confirmed_ms DESC, x.id DESC LIMIT ");
        let rows: Vec<Won> = sql.bind(WINS).all(db).await?;
        let of = |row: Won| Win {
            order: row.id,
            organisation_name: row.organisation_name,
            person_name: row.person_name,
            amount: Money::from_raw(row.amount_fen),
            at_ms: row.confirmed_ms,
        };
        Ok(rows.into_iter().map(of).collect())
    }

    /// How many customers completed an order, and how many more than one.
    pub async fn repurchase(&self, db: &impl ConnectionTrait) -> Result<Repurchase, DbErr> {
        let each = self.orders(Sql::new("SELECT x.customer_id, COUNT(DISTINCT x.id) AS many"), "", "x.state = 'completed'");
        let each = self.within(each, "x.delivered_on").text(" GROUP BY x.customer_id");
        let sql = Sql::new("SELECT COUNT(*) AS bought, COUNT(CASE WHEN c.many >= 2 THEN 1 END) AS again FROM (").append(&each).text(") c");
        let Again { bought, again } = sql.one(db).await?.unwrap_or_default();
        Ok(Repurchase { bought, again })
    }
}
