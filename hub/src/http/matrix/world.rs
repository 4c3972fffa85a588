//! A chain of three stores of two dealers, every record marked with its store, and people of every role.
//!
//! Headquarters · region R with dealer A and its stores 1 and 2 · dealer B with store 3. Of most things a store has as many as no other
//! sum of stores: 1, 2 and 4.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use qitao_domain::ids::{EdgeId, SiteId, TaskId};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::lines::Line;
use crate::db::rig::{Scratch, scratch};
use crate::db::{Db, raise_counters};
use crate::edges::Fleet;
use crate::http::router::router;
use crate::inventory::{self, MovementQuery};
use crate::live::{Scanned, What};
use crate::platform::config::Config;
use crate::platform::files::{self, Files};
use crate::platform::identity::Right::{
    self, Approvals, ApproveSales, AssignCustomers, Cases, Customers, Opportunities, Organisations, Payments, People as Persons, PriceCost,
    ReconcilePayments, RefundPayments, Reveal, Sales, SeeAudit, SeeCustomers, SeeEdges, SeeFigures, SeeOpportunities, SeePayments,
    SeePeople, SeePrices, SeeSales, SeeStock, SeeTickets, SeeWork, ShipOrders, ShipShort, Tasks, Tickets, Tokens, Visits,
};
use crate::platform::scope::Scope;
use crate::platform::search;
use crate::platform::session::{self, COOKIE, CSRF_HEADER};
use crate::platform::sql::Sql;
use crate::platform::vault::Vault;
use crate::state::App;

/// The sites; 1 and 2 are dealer A's, 3 is dealer B's.
pub(super) const SITES: [i64; 3] = [1, 2, 3];

/// How many of most things a site has.
pub(super) fn many(site: i64) -> usize {
    1 << (site - 1)
}

/// What every record of a site carries.
pub(super) fn mark(site: i64) -> String {
    format!("mark{site}kram")
}

/// Where somebody belongs.
#[derive(Debug, Clone, Copy)]
enum At {
    Headquarters,
    DealerA,
    Store1,
}

impl People {
    /// Whether records of a site ought to be there for them at an address. Of those with an owner a role for the own records shows no
    /// others. Days of a till have none.
    pub fn sees(&self, path: &str, site: i64) -> bool {
        let owned = [
            "/api/v1/people",
            "/api/v1/customers",
            "/api/v1/opportunities",
            "/api/v1/payments",
            "/api/v1/tickets",
            "/api/v1/orders",
            "/api/v1/quotes",
            "/api/v1/contracts",
        ];
        let own_only = owned.iter().any(|owned| path.starts_with(owned)) && path != "/api/v1/payments/days";
        let own_only = own_only && ["mirror", "sales", "designer", "installer"].contains(&self.login.as_str());
        self.sites.contains(&site) && !own_only
    }
}

/// Somebody of a role, what they ought to see and to be allowed.
pub(super) struct People {
    pub login: String,
    pub sites: Vec<i64>,
    pub whole_chain: bool,
    /// Whether they belong to dealer A or a store of it.
    pub of_dealer_a: bool,
    pub rights: Vec<Right>,
    cookie: String,
    csrf: String,
}

type Expected = (&'static str, At, &'static [i64], &'static [Right]);

/// The delivered roles, written down a second time: by hand, from what they are for.
const PEOPLE: [Expected; 14] = [
    ("administrator", At::Headquarters, &[1, 2, 3], Right::ALL),
    (
        "analyst",
        At::Headquarters,
        &[1, 2, 3],
        &[SeeSales, SeeStock, SeeWork, SeeEdges, SeeCustomers, SeeOpportunities, SeePayments, SeeTickets, SeePrices, PriceCost, SeeFigures],
    ),
    (
        "region_manager",
        At::Headquarters,
        &[1, 2],
        &[
            SeeSales,
            SeeFigures,
            ApproveSales,
            SeeStock,
            SeeWork,
            SeeEdges,
            Tasks,
            Cases,
            Approvals,
            SeePeople,
            Persons,
            Organisations,
            Tokens,
            Reveal,
            SeeCustomers,
            Customers,
            AssignCustomers,
            SeePayments,
            SeeOpportunities,
            Opportunities,
            SeeTickets,
            Tickets,
            SeePrices,
        ],
    ),
    (
        "dealer_owner",
        At::DealerA,
        &[1, 2],
        &[
            SeeSales,
            SeeFigures,
            Sales,
            ApproveSales,
            ShipOrders,
            ShipShort,
            SeeStock,
            SeeWork,
            SeeEdges,
            Tasks,
            Cases,
            Approvals,
            SeePeople,
            Persons,
            Organisations,
            Tokens,
            Reveal,
            SeeCustomers,
            Customers,
            AssignCustomers,
            SeePayments,
            Payments,
            RefundPayments,
            ReconcilePayments,
            SeeOpportunities,
            Opportunities,
            SeeTickets,
            Tickets,
            SeePrices,
        ],
    ),
    (
        "store_manager",
        At::Store1,
        &[1],
        &[
            SeeSales,
            SeeFigures,
            Sales,
            ApproveSales,
            ShipOrders,
            ShipShort,
            SeeStock,
            SeeWork,
            SeeEdges,
            Tasks,
            Cases,
            Approvals,
            SeePeople,
            Persons,
            Reveal,
            SeeCustomers,
            Customers,
            AssignCustomers,
            SeePayments,
            Payments,
            RefundPayments,
            ReconcilePayments,
            SeeOpportunities,
            Opportunities,
            SeeTickets,
            Tickets,
            SeePrices,
        ],
    ),
    (
        "sales",
        At::Store1,
        &[1],
        &[
            SeeSales,
            Sales,
            SeeStock,
            SeeCustomers,
            Customers,
            SeeOpportunities,
            Opportunities,
            SeePayments,
            Payments,
            SeeTickets,
            SeePrices,
        ],
    ),
    ("designer", At::Store1, &[1], &[SeeSales, Sales, SeeStock, SeeCustomers, Customers, SeeOpportunities, Opportunities, SeePrices]),
    ("warehouse", At::Store1, &[1], &[SeeStock, SeeWork, SeeEdges, Tasks, Cases]),
    ("dispatcher", At::DealerA, &[1, 2], &[SeeSales, ShipOrders, SeeStock, SeeWork, SeeCustomers, SeeOpportunities, SeeTickets, Tickets]),
    ("installer", At::Store1, &[1], &[SeeTickets, Visits]),
    (
        "customer_service",
        At::Store1,
        &[1],
        &[SeeSales, SeeStock, SeeCustomers, Customers, SeeOpportunities, SeePayments, SeeTickets, Tickets, SeePrices],
    ),
    (
        "finance",
        At::DealerA,
        &[1, 2],
        &[
            SeeSales,
            SeeFigures,
            SeeStock,
            SeeWork,
            SeeCustomers,
            SeeOpportunities,
            SeePayments,
            Payments,
            RefundPayments,
            ReconcilePayments,
            SeePrices,
            PriceCost,
        ],
    ),
    (
        "auditor",
        At::Headquarters,
        &[1, 2, 3],
        &[
            SeeSales,
            SeeStock,
            SeeWork,
            SeeEdges,
            SeePeople,
            SeeAudit,
            SeeCustomers,
            SeeOpportunities,
            SeePayments,
            SeeTickets,
            SeePrices,
            PriceCost,
        ],
    ),
    // A role of the test's own, for the own records.
    ("mirror", At::Store1, &[1], &[SeePeople, SeeCustomers, SeeOpportunities, SeeTickets]),
];

pub(super) struct World {
    app: App,
    router: Router,
    pub people: Vec<People>,
    fresh: AtomicUsize,
    _folder: tempfile::TempDir,
    _scratch: Scratch,
}

/// Ids of organisations: the headquarters is made by the migration.
const REGION: i64 = 102;
pub(super) const DEALER_A: i64 = 103;
const DEALER_B: i64 = 104;

impl World {
    pub async fn build() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let scratch = scratch().await;
        let config = Config { database: Some(scratch.url().to_owned()), ..Config::local(folder.path()) };
        let db = Db::open(scratch.url()).await.unwrap();
        let tx = db.begin().await.unwrap();
        for statement in chain() {
            Sql::new(statement).run(&tx).await.unwrap();
        }
        raise_counters(&tx, &BTreeMap::new()).await.unwrap();
        search::rebuild(&tx).await.unwrap();
        tx.commit().await.unwrap();
        let vault = Vault::open(&db, config.master(|_| None)).await.unwrap();
        let files = Files::of(&config, db.clone()).unwrap();
        for site in SITES {
            files::tests::put(&files, &file_key(site * 10), b"bytes").await;
        }
        let app = App::new(config, Fleet::open(db.clone()).await.unwrap(), vault, files);
        let mut people = Vec::new();
        for (n, (role, at, sites, rights)) in (0..).zip(PEOPLE) {
            let id = 1 + n;
            let begun = session::begin(&db, id, session::CameFrom::default()).await.unwrap();
            people.push(People {
                login: role.to_owned(),
                sites: sites.to_vec(),
                whole_chain: matches!(at, At::Headquarters) && sites.len() == 3,
                of_dealer_a: !matches!(at, At::Headquarters),
                rights: rights.to_vec(),
                cookie: format!("{COOKIE}={}", begun.token),
                csrf: begun.csrf,
            });
        }
        Self { router: router(app.clone()), app, people, fresh: AtomicUsize::new(0), _folder: folder, _scratch: scratch }
    }

    /// The organisation of a site.
    pub fn organisation(&self, site: i64) -> i64 {
        110 + site
    }

    /// Somebody of a site who has no role.
    pub fn person(&self, site: i64) -> i64 {
        1000 + site * 10
    }

    /// A code that nothing has.
    pub fn fresh_code(&self) -> String {
        format!("FRESH{}", self.fresh.fetch_add(1, Ordering::Relaxed))
    }

    /// A session of somebody without a role, by its name.
    pub fn session_of_another(&self) -> String {
        "0123456789abcdef".to_owned()
    }

    /// What somebody without a role was told.
    pub fn notification_of_another(&self) -> String {
        "901".to_owned()
    }

    /// A view that somebody without a role keeps for themselves.
    pub fn view_of_another(&self) -> String {
        "31".to_owned()
    }

    /// An export of somebody without a role.
    pub fn export_of_another(&self) -> String {
        "1".to_owned()
    }

    /// A token of somebody without a role.
    pub fn token_of_another(&self) -> String {
        "7".to_owned()
    }

    /// Asks as somebody, for the record of a site where the line is about one.
    pub async fn ask(&self, people: Option<&People>, line: &Line, site: Option<i64>) -> (StatusCode, Value) {
        let site = site.unwrap_or(1);
        self.send(people, line.method, &self.path(line, site), (line.body)(self, site)).await
    }

    /// Where a line asks, about the record of a site.
    pub fn path(&self, line: &Line, site: i64) -> String {
        let mut path = line
            .path
            .replace("{id}", &(line.id)(self, site))
            .replace("{entity}", "item")
            .replace("{kind}", "task")
            .replace("{code}", "colours")
            .replace("{pipeline}", "sales")
            .replace("{model}", "curtain")
            .replace("{template}", "carton")
            .replace("{profile}", "returns")
            .replace("{item}", "1")
            .replace("{person}", "1");
        if line.method == "GET" && line.rows.is_some() {
            path.push_str("?limit=200");
        }
        path
    }

    /// The sheet of a list as somebody exports it, as text.
    ///
    /// # Errors
    /// How they are refused.
    pub async fn export(&self, people: &People, list: &str, filters: Value) -> Result<String, StatusCode> {
        let wanted = json!({"list": list, "format": "csv", "filters": filters});
        let (status, made) = self.send(Some(people), "POST", "/api/v1/exports", wanted).await;
        if [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status) {
            return Err(status);
        }
        assert_eq!(status, StatusCode::CREATED, "{list} for {}: {made}", people.login);
        let request = Request::builder().uri(made["content"].as_str().unwrap()).header(header::COOKIE, &people.cookie);
        let answer = self.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        Ok(String::from_utf8(to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec()).unwrap())
    }

    /// Reads something below `/api/v1`.
    pub async fn get(&self, people: &People, path: &str) -> (StatusCode, Value) {
        self.send(Some(people), "GET", &format!("/api/v1{path}"), Value::Null).await
    }

    /// Asks for something with a JSON body, of the first version of a record.
    pub async fn send(&self, people: Option<&People>, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.request(people, (method, path), &[("if-match", "\"1\""), ("content-type", "application/json")], body.to_string()).await
    }

    /// Asks for something.
    pub async fn request(
        &self,
        people: Option<&People>,
        (method, path): (&str, &str),
        headers: &[(&str, &str)],
        body: String,
    ) -> (StatusCode, Value) {
        let mut request = headers.iter().fold(Request::builder().method(method).uri(path), |all, (name, value)| all.header(*name, *value));
        if let Some(people) = people {
            request = request.header(header::COOKIE, &people.cookie).header(CSRF_HEADER, &people.csrf);
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((Ipv4Addr::LOCALHOST, 1))));
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let (status, stream) = (answer.status(), path.ends_with("/events"));
        if stream && status.is_success() {
            // It goes on for ever; what is in it has a test of its own.
            return (status, Value::Null);
        }
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    /// Puts something into the database that nobody could ask for.
    pub async fn put(&self, statement: &str) {
        let tx = self.app.db.begin().await.unwrap();
        Sql::new(statement).run(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A number out of the database.
    pub async fn number(&self, statement: &str) -> i64 {
        Sql::new(statement).number(self.app.db.read()).await.unwrap()
    }

    /// Makes an order somebody's.
    pub async fn gives(&self, order: i64, login: &str) {
        let tx = self.app.db.begin().await.unwrap();
        let sql = Sql::new("UPDATE sales_order SET owner_id = (SELECT id FROM hub_user WHERE login = ").bind(login);
        sql.text(") WHERE id = ").bind(order).run(&tx).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Everything that each person's event stream says when something of each kind happened at each site, and a case of no site.
    pub async fn events(&self) -> BTreeMap<String, String> {
        let page = serde_json::from_value(json!({})).unwrap();
        let moved = inventory::movements(self.app.db.read(), &Scope::All, &MovementQuery::default(), &page).await.unwrap();
        for row in moved.items {
            let site = row.site;
            self.app.live.publish(Some(SiteId(site)), What::Movement(std::sync::Arc::new(row)));
        }
        for site in SITES {
            let at = Some(SiteId(site));
            self.app.live.publish(at, What::Task(TaskId(site * 10)));
            self.app.live.publish(at, What::Edge(EdgeId::new(format!("edge-{site}0")).unwrap()));
            self.app.live.publish(at, What::Exception(site * 10));
            let scan = Scanned {
                edge: mark(site),
                station: "1".into(),
                operator_name: None,
                tone: "right".into(),
                verdict: Value::Null,
                at_ms: 1,
                scan: "1".into(),
                site,
                task: None,
                names: crate::warehouse::Names::default(),
            };
            self.app.live.publish(at, What::Fact(std::sync::Arc::new(scan)));
        }
        for site in SITES {
            self.app.live.publish(None, What::Order(site * 10));
            self.app.live.publish(None, What::Ticket(site * 10));
        }
        self.app.live.publish(None, What::Exception(5));
        self.app.live.publish(None, What::Notification { user: 1030, id: 901 });
        // A stream that begins while the hub stops says what was missed and ends.
        self.app.stop.cancel();
        let mut streams = BTreeMap::new();
        for people in &self.people {
            let request = Request::builder()
                .uri("/api/v1/events")
                .header("last-event-id", "0")
                .header(header::COOKIE, &people.cookie)
                .body(Body::empty())
                .unwrap();
            let answer = self.router.clone().oneshot(request).await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
            let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
            streams.insert(people.login.clone(), String::from_utf8(bytes.to_vec()).unwrap());
        }
        streams
    }
}

/// What the bytes of a file are called.
fn file_key(id: i64) -> String {
    format!("{id:032x}")
}

/// Everything in the database.
fn chain() -> Vec<String> {
    let hq = "(SELECT id FROM organisation WHERE parent_id IS NULL)";
    let path = "(SELECT path FROM organisation o WHERE o.parent_id IS NULL)";
    // The mark is in the code alone: the name stands beside people who carry no mark.
    let organisation = |id: i64, parent: &str, kind: &str, code: &str, beneath: &str| {
        format!(
            "INSERT INTO organisation (id, parent_id, kind, code, name, name_en, path, time_zone, active, switches, version) \
             SELECT {id}, {parent}, '{kind}', '{code}', '{kind}', '', {path} || '{beneath}{id}/', 'Asia/Shanghai', TRUE, '{{}}', 1"
        )
    };
    let mut all = vec![
        organisation(REGION, hq, "region", "REGION", ""),
        organisation(DEALER_A, &REGION.to_string(), "dealer", "DEALER-A", "102/"),
        organisation(DEALER_B, hq, "dealer", "DEALER-B", ""),
        "INSERT INTO device_profile (name, title, role, document, version) VALUES ('returns', '退货台', 'scanner', \
         '{\"id\":\"returns\",\"name\":\"退货台\",\"role\":\"scanner\",\"set\":{\"suffix\":\"CR\"}}', 1)"
            .to_owned(),
        "INSERT INTO item (id, code, name, name_en, unit, cartons, by_lot, is_kit, version, deleted) VALUES \
         (1, 'CY-OAK', '橡木餐椅', 'Oak chair', '件', 1, FALSE, FALSE, 1, FALSE)"
            .to_owned(),
        "INSERT INTO settings_document (kind, name, published, version, changed_by, changed_ms) VALUES ('options', 'colours', 1, 1, 'x', 1)".to_owned(),
        "INSERT INTO settings_version (kind, name, number, document, restores, author, at_ms) VALUES ('options', 'colours', 1, '{\"title\":\"色\"}', 0, 'x', 1)"
            .to_owned(),
        "INSERT INTO exception (id, kind, site_id, opened_ms, state, data) VALUES (5, 'printer', NULL, 1, 'open', '{}')".to_owned(),
        "INSERT INTO role (code, name, name_en, built_in, scope, rights, fields, codes_required, version) VALUES \
         ('mirror', '镜', 'Mirror', FALSE, 'records', '[\"people.see\",\"customers.see\",\"opportunities.see\",\"tickets.see\"]', '{}', FALSE, 1)"
            .to_owned(),
    ];
    for site in SITES {
        let (own, mark) = (110 + site, mark(site));
        let (dealer, beneath) = if site == 3 { (DEALER_B, "104/") } else { (DEALER_A, "102/103/") };
        all.push(organisation(own, &dealer.to_string(), "store", &mark, beneath));
        all.push(format!(
            "INSERT INTO site (id, code, name, time_zone, organisation_id) VALUES ({site}, '{mark}', '{mark}', 'Asia/Shanghai', {own})"
        ));
        all.push(format!(
            "INSERT INTO location (id, site_id, code, kind, name, version, deleted) VALUES ({}, {site}, 'SUPPLIER', 'supplier', '', 1, TRUE)",
            site * 10 + 9
        ));
        for n in 0..i64::try_from(many(site)).unwrap() {
            all.extend(records(site, n, own, &mark));
        }
        all.push(format!(
            "INSERT INTO comment (entity, record_id, author_id, organisation_id, people, at_ms) VALUES ('item', 1, {}, {own}, '[]', 1)",
            1000 + site * 10
        ));
        all.push(format!(
            "INSERT INTO file (id, key, name, media, bytes, digest, thumbnail, entity, record_id, state, created_by, created_ms) VALUES \
             ({0}, '{1}', '{mark}.txt', 'text/plain', 5, '', TRUE, 'task', {0}, 'kept', 'x', 1)",
            site * 10,
            file_key(site * 10)
        ));
        // In the audit there is the organisation, and the people and tasks that a store has many of.
        all.push(format!(
            "INSERT INTO audit (at_ms, author, entity, entity_id, action, organisation_id) VALUES ({site}, '{mark}', 'organisation', '{own}', 'change', {own})"
        ));
        let pieces = 10_i64.pow(u32::try_from(site - 1).unwrap()) * 1000;
        all.push(format!(
            "INSERT INTO stock (location_id, item_id, carton, lot, quantity, site_id) VALUES ({}, 1, 1, '', {pieces}, {site})",
            site * 10
        ));
        all.push(format!(
            "INSERT INTO stock_limit (item_id, site_id, least, quantity, state, due, removed, version) VALUES (1, {site}, 1000, 0, 'low', FALSE, FALSE, 1)"
        ));
        for (table, column, when) in [("sales_day", "day", "2020-01-01"), ("sales_month", "month", "2020-01")] {
            all.push(format!(
                "INSERT INTO {table} ({column}, organisation_id, person_id, customer_class, orders, shares, amount_fen, known_fen, cost_fen, \
                 paid_fen) VALUES ('{when}', {own}, {}, 'client', 1, 1, {pieces}, {pieces}, 0, 0)",
                1000 + site * 10
            ));
        }
    }
    for (n, (role, at, sites, _)) in (0_i64..).zip(PEOPLE) {
        let own = match at {
            At::Headquarters => hq.to_owned(),
            At::DealerA => DEALER_A.to_string(),
            At::Store1 => "111".to_owned(),
        };
        all.push(format!(
            "INSERT INTO hub_user (id, login, name, password_hash, disabled, organisation_id, version) VALUES ({}, '{role}', '{role}', '', FALSE, {own}, 1)",
            n + 1
        ));
        let chosen = if role == "region_manager" { format!("[{REGION}]") } else { "[]".to_owned() };
        assert!(role != "region_manager" || sites == [1, 2]);
        all.push(format!(
            "INSERT INTO person_role (person_id, role_id, organisations) SELECT {}, id, '{chosen}' FROM role WHERE code = '{role}'",
            n + 1
        ));
    }
    all.push(
        "INSERT INTO hub_session (token_hash, user_id, csrf, created_ms, expires_ms) VALUES ('0123456789abcdef0', 1010, 'x', 1, 9000000000000)".to_owned(),
    );
    all.push(
        "INSERT INTO saved_view (id, person_id, list, name, query, hidden, dense, created_ms, version) \
         VALUES (31, 1010, 'tasks', 'x', '', '[]', FALSE, 1, 1)"
            .to_owned(),
    );
    all.extend(views());
    all.extend(hub_wide());
    all.push(
        "INSERT INTO api_token (id, person_id, name, prefix, token_hash, rights, created_ms) VALUES (7, 1010, 'x', 'x', 'x', '[]', 1)"
            .to_owned(),
    );
    all
}

/// A view that is shared with each store.
fn views() -> impl Iterator<Item = String> {
    SITES.into_iter().map(|site| {
        format!(
            "INSERT INTO saved_view (id, person_id, list, name, query, hidden, dense, organisation_id, created_ms, version) \
             VALUES (4{site}, {}, 'items', '{}', '', '[]', FALSE, {}, 1, 1)",
            1000 + site * 10,
            mark(site),
            110 + site,
        )
    })
}

/// What belongs to the hub as a whole, and what somebody of store 3 was told.
fn hub_wide() -> Vec<String> {
    vec![
        "INSERT INTO job (id, kind, args, state, run_at_ms, due_ms, attempts, progress, created_by, created_ms, cancel_asked) \
         VALUES (1, 'notice', '{}', 'waiting', 9000000000000, 9000000000000, 0, 0, 'hub', 1, FALSE)"
            .to_owned(),
        "INSERT INTO import (id, entity, state, name, shape, headers, mapping, update_existing, next_row, counts, preview, person_id, created_by, created_ms) \
         VALUES (1, 'items', 'uploaded', 'x', '{\"format\":\"csv\",\"encoding\":\"UTF-8\",\"delimiter\":\",\",\"heading\":1}', '[\"x\"]', \
         '[null]', FALSE, 0, '{}', '[]', 1010, 'x', 1)"
            .to_owned(),
        "INSERT INTO export (id, list, format, language, query, state, row_count, person_id, created_by, created_ms, expires_ms) \
         VALUES (1, 'tasks', 'csv', 'zh', '{}', 'waiting', 0, 1010, 'x', 1, 9000000000000)"
            .to_owned(),
        "INSERT INTO channel (id, name, way, target, language, kinds, enabled, sent, created_by, created_ms, version) \
         VALUES (1, 'group', 'mail', 'clear:a@example.com', 'zh', '[]', TRUE, '[]', 'x', 1, 1)"
            .to_owned(),
        "INSERT INTO webhook (id, name, url, secret, kinds, enabled, created_by, created_ms, version) \
         VALUES (1, 'erp', 'clear:https://example.com/x', 'clear:x', '[]', TRUE, 'x', 1, 1)"
            .to_owned(),
        "INSERT INTO webhook_delivery (id, webhook_id, event, kind, payload, state, created_ms) \
         VALUES (1, 1, 'evt_1', 'exception', '{}', 'dead', 1)"
            .to_owned(),
        format!(
            "INSERT INTO notification (id, user_id, notice_id, kind, topic, count, data, link, at_ms) \
             VALUES (901, 1030, 1, 'exception', 't', 1, '{{\"about\":\"{}\"}}', '/', 1)",
            mark(3)
        ),
    ]
}

/// The n-th of everything that a site has many of.
fn records(site: i64, n: i64, own: i64, mark: &str) -> Vec<String> {
    let id = site * 10 + n;
    vec![
        format!(
            "INSERT INTO location (id, site_id, code, kind, name, version, deleted) VALUES ({id}, {site}, '{mark}-{n}', 'bin', '', 1, FALSE)"
        ),
        format!("INSERT INTO operator (id, name, badge, site_id, version, deleted) VALUES ({id}, '{mark}', 'B{id}', {site}, 1, FALSE)"),
        format!(
            "INSERT INTO fact (edge_id, epoch, seq, scan_id, site_id, station, at_ms, arrived_ms, skew_ms, tone, verdict, payload, body) \
             VALUES ('edge-{id}', 1, 1, 'scan-{id}', {site}, 'gun', 1, 1, 0, 'wrong', 'not_now', '{mark}', '{{}}')"
        ),
        format!(
            "INSERT INTO movement (id, n, at_ms, booked_ms, site_id, item_id, carton, lot, quantity, from_id, to_id, reason, author) \
             VALUES ({id}, 0, 1, 1, {site}, 1, 1, '{mark}', 1000, {}, {id}, 'opening', 'test')",
            site * 10 + 9
        ),
        format!(
            "INSERT INTO task (id, number, kind, site_id, reference, state, created_ms, created_by) VALUES \
             ({id}, 'PK-{id}', 'pick', {site}, '{mark}', 'open', 1, 'test')"
        ),
        format!(
            "INSERT INTO edge (id, site_id, name, disabled, epoch, committed, boot, next_seq_seen, clock_skew_ms, agent, tasks_acked, created_ms) \
             VALUES ('edge-{id}', {site}, '{mark}', FALSE, 1, 0, 0, 0, 0, '', 0, 1)"
        ),
        format!(
            "INSERT INTO device (edge_id, device_id, kind, name, state, family, profile, settings, since_ms, differs, drift, flash_writes) \
             VALUES ('edge-{id}', 'gun', 'scanner', '{mark}', 'online', 'newland', 'desk', 'holds', 1, 0, '[]', 0)"
        ),
        format!(
            "INSERT INTO exception (id, kind, site_id, opened_ms, state, data) VALUES ({id}, 'printer', {site}, 1, 'open', '{{\"text\":\"{mark}\"}}')"
        ),
        format!(
            "INSERT INTO hub_user (id, login, name, password_hash, disabled, organisation_id, version) \
             VALUES ({}, '{mark}-{n}', '{mark}', '', FALSE, {own}, 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO customer (id, code, organisation_id, owner_id, name, class, gender, employer, position, hobbies, source, campaign, \
             created_by, created_ms, idle_since_ms, version) \
             VALUES ({id}, 'C{id:06}', {own}, {}, '{mark}', 'prospect', '', '', '', '', '', '', 'x', 1, 1, 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO quote (id, code, organisation_id, owner_id, customer_id, state, current, created_by, created_ms, version) \
             VALUES ({id}, 'Q{id:06}', {own}, {}, {id}, 'open', 1, 'x', 1, 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO quote_version (quote_id, number, valid_until, note, amount_fen, created_by, created_ms) \
             VALUES ({id}, 1, '2999-01-01', '', 0, 'x', 1)"
        ),
        format!(
            "INSERT INTO contract (id, code, organisation_id, owner_id, customer_id, state, terms, amount_fen, approval, approval_note, reason, \
             created_by, created_ms, version) VALUES ({id}, 'HT{id:06}', {own}, {}, {id}, 'draft', '', 0, '', '', '', 'x', 1, 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO sales_order (id, code, organisation_id, owner_id, customer_id, state, ordered_on, amount_fen, approval, approval_note, \
             reason, created_by, created_ms, version) VALUES ({id}, 'SO{id:06}', {own}, {}, {id}, 'draft', '2020-01-01', 0, '', '', '', 'x', 1, 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO payment (id, kind, customer_id, organisation_id, person_id, amount_fen, method, reference, at_ms, day, reason, author, \
             created_ms) VALUES ({id}, 'receive', {id}, {own}, {}, 100, 'cash', '{mark}', 1, '2020-01-01', '', 'x', 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO opportunity (id, code, customer_id, organisation_id, owner_id, title, pipeline, stage, state, stage_since_ms, \
             block_reason, block_note, lost_reason, created_by, created_ms, version) \
             VALUES ({id}, 'O{id:06}', {id}, {own}, {}, '{mark}', 'sales', 'lead', 'open', 1, '', '', '', 'x', 1, 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO ticket (id, code, kind, fault, state, organisation_id, installer_id, customer_id, order_id, feedback_ms, far, created_by, \
             created_ms, version) VALUES ({id}, 'S{id:06}', 'after_sales', '{mark}', 'new', {own}, {}, {id}, {id}, 1, FALSE, 'x', 1, 1)",
            1000 + id
        ),
        format!(
            "INSERT INTO price_list (id, code, name, name_en, valid_from, state, most_discount_bp, for_all, created_by, created_ms, version) \
             VALUES ({id}, 'P{id}', '{mark}', '', '2026-01-01', 'active', 0, FALSE, 'x', 1, 1)"
        ),
        format!("INSERT INTO price_list_organisation (price_list_id, organisation_id) VALUES ({id}, {own})"),
        format!(
            "INSERT INTO price (price_list_id, item_id, code, unit_price_fen, version) SELECT {id}, i.id, i.code, 100, 1 FROM item i WHERE i.id = 1"
        ),
    ]
}
