//! One line for each endpoint: what it needs, on which record it works, how to ask.

use serde_json::{Value, json};

use super::world::{World, many};
use crate::platform::identity::Right;

/// What somebody needs to be let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Needs {
    /// Nothing, not even to be signed in.
    Nobody,
    /// To be signed in.
    SignedIn,
    /// The right to see this kind of record, and the record in scope.
    See(Right),
    /// The right to see it where one is needed, the record in scope, and there the right to do this.
    Act(Option<Right>, Right),
    /// The same for the chain as a whole.
    Chain(Option<Right>, Option<Right>),
    /// The record is nobody's own: this right over the chain as a whole; for others it does not exist.
    Nobodys(Right),
}

/// On which record it works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// On none, or on one that belongs to nobody.
    Nothing,
    /// On one of a site: as `{id}` in the path, or in the body.
    OfSite,
    /// On one that belongs to another person; nobody ever reaches it.
    Others,
}

pub(super) struct Line {
    pub method: &'static str,
    pub path: &'static str,
    pub needs: Needs,
    pub on: On,
    /// What stands for `{id}`.
    pub id: fn(&World, i64) -> String,
    /// The body.
    pub body: fn(&World, i64) -> Value,
    /// Rows that a list shows of each visible site.
    pub rows: Option<fn(i64) -> usize>,
}

const fn get(path: &'static str, needs: Needs) -> Line {
    Line { method: "GET", path, needs, on: On::Nothing, id: |_, _| "1".to_owned(), body: |_, _| Value::Null, rows: None }
}

const fn post(path: &'static str, needs: Needs) -> Line {
    Line { method: "POST", ..get(path, needs) }
}

const fn patch(path: &'static str, needs: Needs) -> Line {
    Line { method: "PATCH", ..get(path, needs) }
}

const fn put(path: &'static str, needs: Needs) -> Line {
    Line { method: "PUT", ..get(path, needs) }
}

const fn delete(path: &'static str, needs: Needs) -> Line {
    Line { method: "DELETE", ..get(path, needs) }
}

impl Line {
    const fn rows(self, rows: fn(i64) -> usize) -> Self {
        Self { rows: Some(rows), ..self }
    }

    const fn of(self, id: fn(&World, i64) -> String) -> Self {
        Self { on: On::OfSite, id, ..self }
    }

    const fn id(self, id: fn(&World, i64) -> String) -> Self {
        Self { id, ..self }
    }

    const fn of_others(self, id: fn(&World, i64) -> String) -> Self {
        Self { on: On::Others, id, ..self }
    }

    const fn body(self, body: fn(&World, i64) -> Value) -> Self {
        Self { body, ..self }
    }

    /// The record is named in the body.
    const fn within(self, body: fn(&World, i64) -> Value) -> Self {
        Self { on: On::OfSite, body, ..self }
    }
}

use Needs::{Act, Chain, Nobody, Nobodys, See, SignedIn};
use Right::{
    Approvals, ApproveSales, AssignCustomers, Cases, Customers, Edges, Hub, Import, Items, Opportunities, Organisations, Payments, People,
    Prices, ReconcilePayments, RefundPayments, Reveal, Roles, Sales, SeeAudit, SeeCustomers, SeeEdges, SeeFigures, SeeOpportunities,
    SeePayments, SeePeople, SeePrices, SeeSales, SeeStock, SeeTickets, SeeWork, Settings, ShipOrders, Tasks, Tickets, Tokens, Visits,
};

const fn one(_: i64) -> usize {
    1
}

fn numbered(_: &World, site: i64) -> String {
    (site * 10).to_string()
}

fn site_itself(_: &World, site: i64) -> String {
    site.to_string()
}

fn numbered_one(_: &World, _: i64) -> String {
    "10".to_owned()
}

fn edge(_: &World, site: i64) -> String {
    format!("edge-{site}0")
}

fn organisation(world: &World, site: i64) -> String {
    world.organisation(site).to_string()
}

fn person(world: &World, site: i64) -> String {
    world.person(site).to_string()
}

fn at_site(_: &World, site: i64) -> Value {
    json!({"kind": "count", "site": site, "lines": [{"location": site * 10}]})
}

/// Setting up what a chain has of its own.
const SETTINGS: Needs = Chain(None, Some(Settings));
/// Keeping what goods cost.
const PRICES: Needs = Chain(None, Some(Prices));
/// Bringing data in, by default for administrators alone.
const IMPORT: Needs = Chain(None, Some(Import));

/// Running the hub, all of it.
const CHAIN: Needs = Chain(None, Some(Hub));

pub(super) const LINES: &[Line] = &[
    get("/api/v1/health", Nobody),
    get("/api/v1/openapi.json", Nobody),
    post("/api/v1/session", Nobody),
    get("/api/v1/session", SignedIn),
    // With an identity provider; this world has none.
    get("/api/v1/session/outside", Nobody),
    post("/api/v1/session/outside", Nobody),
    get("/api/v1/session/outside/begin", Nobody),
    get("/api/v1/session/outside/callback", Nobody),
    // What everybody does for themselves.
    patch("/api/v1/me", SignedIn).body(|_, _| json!({"name": "我"})),
    post("/api/v1/me/password", SignedIn).body(|_, _| json!({"old": "wrong", "new": "correct-horse-2"})),
    get("/api/v1/me/sessions", SignedIn),
    delete("/api/v1/me/sessions/{id}", SignedIn).of_others(|world, _| world.session_of_another()),
    get("/api/v1/me/codes", SignedIn),
    post("/api/v1/me/codes", SignedIn).body(|_, _| json!({"password": "wrong"})),
    post("/api/v1/me/codes/confirm", SignedIn).body(|_, _| json!({"code": "000000"})),
    post("/api/v1/me/codes/remove", SignedIn).body(|_, _| json!({"code": "000000"})),
    get("/api/v1/me/tokens", SignedIn),
    post("/api/v1/me/tokens", Act(None, Tokens)).body(|_, _| json!({"name": "x", "rights": ["stock.see"], "days": 1})),
    delete("/api/v1/me/tokens/{id}", SignedIn).of_others(|world, _| world.token_of_another()),
    // The chain and its people.
    get("/api/v1/organisations", SignedIn).rows(one),
    post("/api/v1/organisations", Act(None, Organisations))
        .within(|world, site| json!({"parent": world.organisation(site), "kind": "warehouse", "code": world.fresh_code(), "name": "新仓"})),
    get("/api/v1/organisations/{id}", SignedIn).of(organisation),
    patch("/api/v1/organisations/{id}", Act(None, Organisations)).of(organisation).body(|_, _| json!({"name_en": "x"})),
    get("/api/v1/modules", SignedIn),
    get("/api/v1/people", See(SeePeople)).rows(many),
    post("/api/v1/people", Act(Some(SeePeople), People)).within(
        |world, site| json!({"login": world.fresh_code().to_lowercase(), "name": "新人", "organisation": world.organisation(site)}),
    ),
    get("/api/v1/people/{id}", See(SeePeople)).of(person),
    patch("/api/v1/people/{id}", Act(Some(SeePeople), People)).of(person).body(|_, site| json!({"name": super::world::mark(site)})),
    post("/api/v1/people/find", See(SeePeople)).body(|_, _| json!({"phone": "13800000000"})),
    post("/api/v1/people/{id}/reveal", Act(Some(SeePeople), Reveal)).of(person).body(|_, _| json!({"field": "phone", "reason": "回访"})),
    get("/api/v1/people/{id}/timeline", See(SeePeople)).of(person),
    post("/api/v1/people/{id}/password", Act(Some(SeePeople), People)).of(person),
    post("/api/v1/people/{id}/hand-over", Act(Some(SeePeople), People)).of(person).body(|world, site| json!({"to": world.person(site)})),
    get("/api/v1/people/{id}/sessions", Act(Some(SeePeople), People)).of(person),
    delete("/api/v1/people/{id}/sessions", Act(Some(SeePeople), People)).of(person),
    delete("/api/v1/people/{id}/codes", Act(Some(SeePeople), People)).of(person),
    get("/api/v1/people/{id}/outside", Act(Some(SeePeople), People)).of(person),
    delete("/api/v1/people/{id}/outside", Act(Some(SeePeople), People)).of(person),
    // Customers. One who is made is the maker's own organisation's; at others there is a test of its own.
    get("/api/v1/customers", See(SeeCustomers)).rows(many),
    post("/api/v1/customers", Act(Some(SeeCustomers), Customers)).body(|_, _| json!({"name": "王女士"})),
    get("/api/v1/customers/choices", See(SeeCustomers)),
    post("/api/v1/customers/check", Act(Some(SeeCustomers), Customers)).body(|_, _| json!({"phone": "13800000000"})),
    post("/api/v1/customers/find", See(SeeCustomers)).body(|_, _| json!({"phone": "13800000000"})),
    get("/api/v1/customers/{id}", See(SeeCustomers)).of(numbered),
    patch("/api/v1/customers/{id}", Act(Some(SeeCustomers), Customers))
        .of(numbered)
        .body(|_, site| json!({"hobbies": super::world::mark(site)})),
    post("/api/v1/customers/{id}/follow-ups", Act(Some(SeeCustomers), Customers))
        .of(numbered)
        .body(|_, _| json!({"kind": "call", "text": "已联系"})),
    post("/api/v1/customers/{id}/reveal", Act(Some(SeeCustomers), Reveal))
        .of(numbered)
        .body(|_, _| json!({"field": "phone", "reason": "回访"})),
    get("/api/v1/customers/{id}/timeline", See(SeeCustomers)).of(numbered),
    // Shared by their owners too, which has a test of its own.
    get("/api/v1/customers/{id}/collaborators", See(SeeCustomers)).of(numbered),
    put("/api/v1/customers/{id}/collaborators/{person}", Act(Some(SeeCustomers), AssignCustomers)).of(numbered),
    delete("/api/v1/customers/{id}/collaborators/{person}", Act(Some(SeeCustomers), AssignCustomers)).of(numbered),
    // Quotes.
    get("/api/v1/quotes", See(SeeSales)).rows(many),
    post("/api/v1/quotes", Act(Some(SeeSales), Sales))
        .within(|_, site| json!({"customer": site * 10, "lines": [{"item": 1, "quantity": "1", "price": "1.00"}]})),
    post("/api/v1/quotes/open", Nobody),
    get("/api/v1/quotes/{id}", See(SeeSales)).of(numbered),
    post("/api/v1/quotes/{id}/accept", Act(Some(SeeSales), Sales)).of(numbered),
    get("/api/v1/quotes/{id}/compare", See(SeeSales)).of(numbered),
    post("/api/v1/quotes/{id}/share", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({"days": 1})),
    get("/api/v1/quotes/{id}/timeline", See(SeeSales)).of(numbered),
    post("/api/v1/quotes/{id}/versions", Act(Some(SeeSales), Sales))
        .of(numbered)
        .body(|_, _| json!({"lines": [{"item": 1, "quantity": "1", "price": "1.00"}]})),
    // Contracts. Those of this world are drafts without lines.
    get("/api/v1/contracts", See(SeeSales)).rows(many),
    post("/api/v1/contracts", Act(Some(SeeSales), Sales))
        .within(|_, site| json!({"customer": site * 10, "lines": [{"item": 1, "quantity": "1", "price": "1.00"}]})),
    get("/api/v1/contracts/{id}", See(SeeSales)).of(numbered),
    patch("/api/v1/contracts/{id}", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({"terms": "x"})),
    post("/api/v1/contracts/{id}/approval", Act(Some(SeeSales), ApproveSales)).of(numbered).body(|_, _| json!({"approve": true})),
    post("/api/v1/contracts/{id}/complete", Act(Some(SeeSales), Sales)).of(numbered),
    post("/api/v1/contracts/{id}/sign", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({})),
    get("/api/v1/contracts/{id}/timeline", See(SeeSales)).of(numbered),
    post("/api/v1/contracts/{id}/void", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({"reason": "x"})),
    // Orders. Those of this world are drafts without lines.
    get("/api/v1/orders", See(SeeSales)).rows(many),
    post("/api/v1/orders", Act(Some(SeeSales), Sales))
        .within(|_, site| json!({"customer": site * 10, "lines": [{"item": 1, "quantity": "1", "price": "1.00"}]})),
    get("/api/v1/orders/sum", See(SeeSales)),
    get("/api/v1/figures/sales", See(SeeFigures)),
    get("/api/v1/figures/ranking", See(SeeFigures)),
    get("/api/v1/figures/funnel", See(SeeFigures)),
    get("/api/v1/figures/stock", See(SeeFigures)),
    get("/api/v1/figures/measures", See(SeeFigures)),
    get("/api/v1/figures/now", See(SeeFigures)),
    get("/api/v1/orders/choices", Act(Some(SeeSales), Sales)),
    get("/api/v1/orders/{id}", See(SeeSales)).of(numbered),
    patch("/api/v1/orders/{id}", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({"promised_on": "2030-01-01"})),
    post("/api/v1/orders/{id}/approval", Act(Some(SeeSales), ApproveSales)).of(numbered).body(|_, _| json!({"approve": true})),
    post("/api/v1/orders/{id}/cancel", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({"reason": "x"})),
    post("/api/v1/orders/{id}/complete", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({})),
    post("/api/v1/orders/{id}/confirm", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({"site": 99})),
    post("/api/v1/orders/{id}/reserve", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({})),
    post("/api/v1/orders/{id}/ship", Act(Some(SeeSales), ShipOrders)).of(numbered).body(|_, _| json!({})),
    post("/api/v1/orders/{id}/sign", Act(Some(SeeSales), Sales)).of(numbered).body(|_, _| json!({"file": 1, "name": "x"})),
    get("/api/v1/orders/{id}/timeline", See(SeeSales)).of(numbered),
    get("/api/v1/availability", See(SeeSales)),
    // What customers paid.
    get("/api/v1/payments", See(SeePayments)).rows(many),
    get("/api/v1/payments/choices", See(SeePayments)),
    get("/api/v1/payments/days", Act(Some(SeePayments), ReconcilePayments)),
    post("/api/v1/payments/days", Act(Some(SeePayments), ReconcilePayments))
        .within(|world, site| json!({"organisation": world.organisation(site), "day": "2020-01-01", "counts": []})),
    get("/api/v1/payments/{id}", See(SeePayments)).of(numbered),
    post("/api/v1/payments/{id}/undo", Act(Some(SeePayments), RefundPayments)).of(numbered).body(|_, _| json!({"reason": "收错了"})),
    get("/api/v1/customers/{id}/account", See(SeePayments)).of(numbered),
    get("/api/v1/customers/{id}/account/history", See(SeePayments)).of(numbered),
    post("/api/v1/customers/{id}/payments", Act(Some(SeePayments), Payments))
        .of(numbered)
        .body(|_, _| json!({"amount": "1.00", "method": "cash"})),
    post("/api/v1/customers/{id}/payments/move", Act(Some(SeePayments), Payments))
        .of(numbered)
        .body(|_, _| json!({"amount": "1.00", "to": 999})),
    post("/api/v1/customers/{id}/payments/refund", Act(Some(SeePayments), RefundPayments))
        .of(numbered)
        .body(|_, _| json!({"amount": "1.00", "method": "cash", "reason": "不要了"})),
    // Opportunities; one that is made is of a customer.
    get("/api/v1/opportunities", See(SeeOpportunities)).rows(many),
    post("/api/v1/opportunities", Act(Some(SeeOpportunities), Opportunities))
        .body(|_, site| json!({"title": "全屋", "customer": site * 10})),
    get("/api/v1/opportunities/report", See(SeeOpportunities)),
    get("/api/v1/opportunities/sums", See(SeeOpportunities)),
    get("/api/v1/opportunities/{id}", See(SeeOpportunities)).of(numbered),
    patch("/api/v1/opportunities/{id}", Act(Some(SeeOpportunities), Opportunities))
        .of(numbered)
        .body(|_, site| json!({"title": super::world::mark(site)})),
    post("/api/v1/opportunities/{id}/move", Act(Some(SeeOpportunities), Opportunities)).of(numbered).body(|_, _| json!({"to": "contact"})),
    post("/api/v1/opportunities/{id}/block", Act(Some(SeeOpportunities), Opportunities)).of(numbered).body(|_, _| json!({"reason": null})),
    get("/api/v1/opportunities/{id}/timeline", See(SeeOpportunities)).of(numbered),
    get("/api/v1/opportunities/{id}/collaborators", See(SeeOpportunities)).of(numbered),
    put("/api/v1/opportunities/{id}/collaborators/{person}", Act(Some(SeeOpportunities), AssignCustomers)).of(numbered),
    delete("/api/v1/opportunities/{id}/collaborators/{person}", Act(Some(SeeOpportunities), AssignCustomers)).of(numbered),
    // Service tickets. What installers do with their own has tests of its own.
    get("/api/v1/tickets", See(SeeTickets)).rows(many),
    post("/api/v1/tickets", Act(Some(SeeTickets), Tickets)).body(|_, _| json!({"kind": "after_sales"})),
    get("/api/v1/tickets/choices", See(SeeTickets)),
    get("/api/v1/tickets/installers", Act(Some(SeeTickets), Tickets)),
    get("/api/v1/tickets/{id}", See(SeeTickets)).of(numbered),
    patch("/api/v1/tickets/{id}", Act(Some(SeeTickets), Tickets)).of(numbered).body(|_, _| json!({"due_ms": null})),
    post("/api/v1/tickets/{id}/acts", Act(Some(SeeTickets), Tickets)).of(numbered).body(|_, _| json!({"act": "close"})),
    post("/api/v1/tickets/{id}/after-sales", Act(Some(SeeTickets), Tickets)).of(numbered).body(|_, _| json!({"problem": "接缝明显"})),
    post("/api/v1/tickets/{id}/reveal", Act(Some(SeeTickets), Reveal))
        .of(numbered)
        .body(|_, _| json!({"field": "phone", "reason": "改约"})),
    get("/api/v1/tickets/{id}/timeline", See(SeeTickets)).of(numbered),
    get("/api/v1/tickets/{id}/files", See(SeeTickets)).of(numbered),
    post("/api/v1/tickets/{id}/files", Act(Some(SeeTickets), Tickets)).of(numbered),
    get("/api/v1/service-settings", See(SeeTickets)),
    put("/api/v1/service-settings", SETTINGS).body(|_, _| {
        let needs = json!({"photos": 1, "signature": true, "cartons": true});
        json!({"delivery_install": needs, "after_sales": needs, "far_m": 500, "return_visit_days": 3, "survey_days": 30})
    }),
    get("/api/v1/field/day", Act(Some(SeeTickets), Visits)),
    post("/api/v1/field/operations", Act(Some(SeeTickets), Visits)).body(|_, _| json!({"operations": []})),
    post("/api/v1/field/files", Act(Some(SeeTickets), Visits)),
    post("/api/v1/surveys/open", Nobody),
    post("/api/v1/surveys/answer", Nobody),
    get("/api/v1/surveys/figures", See(SeeTickets)),
    get("/api/v1/audit", See(SeeAudit)).rows(one),
    get("/api/v1/rights", See(SeePeople)),
    get("/api/v1/roles", See(SeePeople)),
    get("/api/v1/roles/{id}", See(SeePeople)),
    post("/api/v1/roles", Chain(None, Some(Roles)))
        .body(|world, _| json!({"code": world.fresh_code().to_lowercase(), "name": "新角色", "scope": "own", "rights": []})),
    patch("/api/v1/roles/{id}", Chain(None, Some(Roles))).body(|_, _| json!({"name_en": "x"})),
    delete("/api/v1/roles/{id}", Chain(None, Some(Roles))),
    // What the pages keep. The counters' numbers are in the test of sums.
    get("/api/v1/home", SignedIn),
    get("/api/v1/views", SignedIn),
    post("/api/v1/views", SignedIn).body(|world, _| json!({"list": "tasks", "name": world.fresh_code(), "query": "state=open"})),
    put("/api/v1/views/{id}", SignedIn)
        .of_others(|world, _| world.view_of_another())
        .body(|world, _| json!({"list": "tasks", "name": world.fresh_code(), "query": ""})),
    delete("/api/v1/views/{id}", SignedIn).of_others(|world, _| world.view_of_another()),
    // Finding; what it finds for whom is in the test of searches.
    get("/api/v1/search", SignedIn),
    // Places and operators.
    get("/api/v1/sites", SignedIn).rows(one),
    get("/api/v1/operators", See(SeeWork)).rows(many),
    get("/api/v1/locations", See(SeeStock)).rows(many),
    get("/api/v1/locations/{id}", See(SeeStock)).of(numbered),
    // The catalogue is one for the chain; what lies where is in the test of sums.
    get("/api/v1/items", SignedIn),
    get("/api/v1/items/{id}", SignedIn),
    patch("/api/v1/items/{id}", Chain(None, Some(Items))).body(|_, _| json!({"custom": {}})),
    get("/api/v1/items/{id}/timeline", See(SeeStock)),
    // Prices: whoever sells sees the lists that hold for them, head office keeps them.
    get("/api/v1/price-lists", See(SeePrices)).rows(many),
    post("/api/v1/price-lists", PRICES).body(|world, _| json!({"code": world.fresh_code(), "name": "新表", "valid_from": "2026-01-01"})),
    get("/api/v1/price-lists/{id}", See(SeePrices)).of(numbered),
    patch("/api/v1/price-lists/{id}", PRICES).id(numbered_one).body(|_, _| json!({"name_en": "x"})),
    get("/api/v1/price-lists/{id}/prices", See(SeePrices)).of(numbered),
    put("/api/v1/price-lists/{id}/prices/{item}", PRICES).id(numbered_one).body(|_, _| json!({"unit_price_fen": 1})),
    delete("/api/v1/price-lists/{id}/prices/{item}", PRICES).id(numbered_one),
    get("/api/v1/price-lists/{id}/timeline", See(SeePrices)).of(numbered),
    get("/api/v1/items/{id}/price", See(SeePrices)),
    post("/api/v1/configurations/price", See(SeePrices)).body(|_, _| json!({"item": 1})),
    get("/api/v1/option-models", See(SeePrices)),
    get("/api/v1/option-models/{model}", See(SeePrices)),
    put("/api/v1/option-models/{model}", PRICES).body(|_, _| json!({"title": "x", "kind": "standard", "terms": []})),
    delete("/api/v1/option-models/{model}", PRICES),
    post("/api/v1/option-models/{model}/publish", PRICES),
    post("/api/v1/option-models/{model}/restore", PRICES).body(|_, _| json!({"number": 1})),
    get("/api/v1/option-models/{model}/versions", PRICES),
    get("/api/v1/label-templates", SETTINGS),
    get("/api/v1/label-templates/{template}", SETTINGS),
    put("/api/v1/label-templates/{template}", SETTINGS).body(|_, _| json!({"title": "x", "width": 60, "height": 40})),
    delete("/api/v1/label-templates/{template}", SETTINGS),
    post("/api/v1/label-templates/{template}/publish", SETTINGS),
    post("/api/v1/label-templates/{template}/restore", SETTINGS).body(|_, _| json!({"number": 1})),
    get("/api/v1/label-templates/{template}/versions", SETTINGS),
    get("/api/v1/label-elements", SETTINGS),
    post("/api/v1/label-previews", SETTINGS).body(|_, _| json!({"template": {"name": "x", "title": "x", "width": 60, "height": 40}})),
    post("/api/v1/option-models/{model}/try", PRICES).body(|_, _| json!({"parameters": {"width": "3"}})),
    // The books.
    get("/api/v1/stock", See(SeeStock)),
    get("/api/v1/stock/summary", See(SeeStock)),
    get("/api/v1/stock/summary/totals", See(SeeStock)),
    get("/api/v1/stock-limits", See(SeeStock)).rows(one),
    get("/api/v1/sites/{id}/limits/{item}", See(SeeStock)).of(site_itself),
    put("/api/v1/sites/{id}/limits/{item}", Act(Some(SeeStock), Approvals)).of(site_itself).body(|_, _| json!({"min": "1"})),
    delete("/api/v1/sites/{id}/limits/{item}", Act(Some(SeeStock), Approvals)).of(site_itself),
    get("/api/v1/movements", See(SeeStock)).rows(many),
    get("/api/v1/totals", Chain(Some(SeeStock), None)),
    // The work.
    get("/api/v1/tasks", See(SeeWork)).rows(many),
    post("/api/v1/tasks", Act(Some(SeeWork), Tasks)).within(at_site),
    get("/api/v1/tasks/{id}", See(SeeWork)).of(numbered),
    get("/api/v1/tasks/{id}/scans", See(SeeWork)).of(numbered),
    get("/api/v1/scans", See(SeeWork)).rows(many),
    get("/api/v1/tasks/{id}/timeline", See(SeeWork)).of(numbered),
    post("/api/v1/tasks/{id}/withdraw", Act(Some(SeeWork), Tasks)).of(numbered),
    get("/api/v1/floor", See(SeeWork)),
    get("/api/v1/events", SignedIn),
    // The machines at the sites.
    get("/api/v1/edges", See(SeeEdges)).rows(many),
    post("/api/v1/edges", Act(Some(SeeEdges), Edges)).within(|_, site| json!({"site": site, "name": "新边缘"})),
    get("/api/v1/edges/{id}", See(SeeEdges)).of(edge),
    post("/api/v1/edges/{id}/token", Act(Some(SeeEdges), Edges)).of(edge),
    post("/api/v1/edges/{id}/disable", Act(Some(SeeEdges), Edges)).of(edge),
    post("/api/v1/edges/{id}/enable", Act(Some(SeeEdges), Edges)).of(edge),
    post("/api/v1/edges/{id}/forgive", Act(Some(SeeEdges), Edges)).of(edge),
    get("/api/v1/devices", See(SeeEdges)).rows(many),
    get("/api/v1/devices/counts", See(SeeEdges)),
    get("/api/v1/device-settings", SETTINGS),
    get("/api/v1/device-profiles", SETTINGS),
    get("/api/v1/device-profiles/{profile}", SETTINGS),
    put("/api/v1/device-profiles/{profile}", SETTINGS).body(|_, _| json!({"name": "x", "role": "scanner", "set": {"suffix": "CR"}})),
    delete("/api/v1/device-profiles/{profile}", SETTINGS),
    get("/api/v1/device-assignments", SETTINGS),
    post("/api/v1/device-assignments", SETTINGS).body(|_, _| json!({"role": "scanner", "profile": "warehouse-scanner"})),
    put("/api/v1/device-assignments/{id}", SETTINGS).body(|_, _| json!({"profile": "warehouse-scanner"})),
    delete("/api/v1/device-assignments/{id}", SETTINGS),
    // Cases.
    get("/api/v1/exceptions", See(SeeWork)).rows(many),
    get("/api/v1/exceptions/{id}", See(SeeWork)).of(numbered),
    post("/api/v1/exceptions/{id}/resolve", Act(Some(SeeWork), Cases)).of(numbered).body(|_, _| json!({"action": "dismiss"})),
    // What people, groups and programs are told.
    get("/api/v1/notifications", SignedIn),
    get("/api/v1/notifications/unread", SignedIn),
    post("/api/v1/notifications/read", SignedIn),
    post("/api/v1/notifications/{id}/read", SignedIn).of_others(|world, _| world.notification_of_another()),
    get("/api/v1/notification-choices", SignedIn),
    get("/api/v1/notice-kinds", SignedIn),
    put("/api/v1/notification-choices", SignedIn).body(|_, _| json!({"kinds": [{"kind": "edge_away", "app": false, "mail": false}]})),
    get("/api/v1/channels", CHAIN),
    post("/api/v1/channels", CHAIN).body(|world, _| json!({"name": world.fresh_code(), "way": "mail", "target": "a@example.com"})),
    get("/api/v1/channels/{id}", CHAIN),
    put("/api/v1/channels/{id}", CHAIN).body(|world, _| json!({"name": world.fresh_code(), "way": "mail"})),
    post("/api/v1/channels/{id}/test", CHAIN),
    get("/api/v1/channels/{id}/messages", CHAIN),
    delete("/api/v1/channels/{id}", CHAIN),
    get("/api/v1/webhooks", CHAIN),
    post("/api/v1/webhooks", CHAIN).body(|world, _| json!({"name": world.fresh_code(), "url": "https://example.com/hook"})),
    get("/api/v1/webhooks/{id}", CHAIN),
    put("/api/v1/webhooks/{id}", CHAIN).body(|world, _| json!({"name": world.fresh_code()})),
    post("/api/v1/webhooks/{id}/secret", CHAIN),
    post("/api/v1/webhooks/{id}/test", CHAIN),
    get("/api/v1/webhook-deliveries", CHAIN),
    get("/api/v1/webhook-deliveries/{id}", CHAIN),
    post("/api/v1/webhook-deliveries/{id}/redeliver", CHAIN),
    delete("/api/v1/webhooks/{id}", CHAIN),
    // Work that outlives a request.
    get("/api/v1/jobs", SignedIn),
    get("/api/v1/jobs/{id}", Nobodys(Hub)),
    post("/api/v1/jobs/{id}/cancel", Nobodys(Hub)),
    post("/api/v1/jobs/{id}/retry", Nobodys(Hub)),
    get("/api/v1/schedules", CHAIN),
    post("/api/v1/schedules", CHAIN).body(|world, _| json!({"name": world.fresh_code(), "kind": "daily_summary", "cron": "0 9 * * *"})),
    get("/api/v1/schedules/{id}", CHAIN),
    put("/api/v1/schedules/{id}", CHAIN).body(|world, _| json!({"name": world.fresh_code(), "kind": "daily_summary", "cron": "0 9 * * *"})),
    post("/api/v1/schedules/{id}/run", CHAIN),
    delete("/api/v1/schedules/{id}", CHAIN),
    get("/api/v1/schedule-kinds", CHAIN),
    post("/api/v1/schedule-preview", CHAIN).body(|_, _| json!({"cron": "0 9 * * *"})),
    // What a chain sets up by itself.
    get("/api/v1/entities", SignedIn),
    get("/api/v1/entities/{entity}/form", SignedIn),
    get("/api/v1/entities/{entity}/columns", SignedIn),
    get("/api/v1/entities/{entity}/fields", SETTINGS),
    put("/api/v1/entities/{entity}/fields", SETTINGS).body(|_, _| json!({"fields": []})),
    delete("/api/v1/entities/{entity}/fields", SETTINGS),
    post("/api/v1/entities/{entity}/fields/publish", SETTINGS),
    post("/api/v1/entities/{entity}/fields/restore", SETTINGS).body(|_, _| json!({"number": 1})),
    get("/api/v1/entities/{entity}/fields/versions", SETTINGS),
    get("/api/v1/option-lists", SignedIn),
    get("/api/v1/option-lists/{code}", SignedIn),
    put("/api/v1/option-lists/{code}", SETTINGS).body(|_, _| json!({"title": "颜色", "options": [{"code": "red", "title": "红"}]})),
    delete("/api/v1/option-lists/{code}", SETTINGS),
    post("/api/v1/option-lists/{code}/publish", SETTINGS),
    post("/api/v1/option-lists/{code}/restore", SETTINGS).body(|_, _| json!({"number": 1})),
    get("/api/v1/option-lists/{code}/versions", SETTINGS),
    get("/api/v1/pipelines", SignedIn),
    get("/api/v1/pipelines/{pipeline}", SignedIn),
    put("/api/v1/pipelines/{pipeline}", SETTINGS).body(|_, _| json!({"entity": "deal", "title": "x", "stages": []})),
    delete("/api/v1/pipelines/{pipeline}", SETTINGS),
    post("/api/v1/pipelines/{pipeline}/publish", SETTINGS),
    post("/api/v1/pipelines/{pipeline}/restore", SETTINGS).body(|_, _| json!({"number": 1})),
    get("/api/v1/pipelines/{pipeline}/versions", SETTINGS),
    post("/api/v1/pipelines/{pipeline}/try", SETTINGS).body(|_, _| json!({"to": "lead"})),
    post("/api/v1/expressions/check", SETTINGS).body(|_, _| json!({"source": "custom == null", "entity": "item"})),
    // Files of records; that of a task has the number of the task.
    get("/api/v1/comments/{kind}/{id}", See(SeeWork)).of(numbered),
    post("/api/v1/comments/{kind}/{id}", See(SeeWork)).of(numbered).body(|_, _| json!({"text": "客户改到周六"})),
    get("/api/v1/comments/{kind}/{id}/people", See(SeeWork)).of(numbered),
    get("/api/v1/items/{id}/files", SignedIn),
    post("/api/v1/items/{id}/files", IMPORT),
    get("/api/v1/tasks/{id}/files", See(SeeWork)).of(numbered),
    post("/api/v1/tasks/{id}/files", Act(Some(SeeWork), Tasks)).of(numbered),
    get("/api/v1/exceptions/{id}/files", See(SeeWork)).of(numbered),
    post("/api/v1/exceptions/{id}/files", Act(Some(SeeWork), Cases)).of(numbered),
    get("/api/v1/customers/{id}/files", See(SeeCustomers)).of(numbered),
    post("/api/v1/customers/{id}/files", Act(Some(SeeCustomers), Customers)).of(numbered),
    get("/api/v1/opportunities/{id}/files", See(SeeOpportunities)).of(numbered),
    post("/api/v1/opportunities/{id}/files", Act(Some(SeeOpportunities), Opportunities)).of(numbered),
    get("/api/v1/contracts/{id}/files", See(SeeSales)).of(numbered),
    post("/api/v1/contracts/{id}/files", Act(Some(SeeSales), Sales)).of(numbered),
    get("/api/v1/orders/{id}/files", See(SeeSales)).of(numbered),
    post("/api/v1/orders/{id}/files", Act(Some(SeeSales), Sales)).of(numbered),
    get("/api/v1/files/{id}", See(SeeWork)).of(numbered),
    get("/api/v1/files/{id}/content", See(SeeWork)).of(numbered),
    get("/api/v1/files/{id}/thumbnail", See(SeeWork)).of(numbered),
    delete("/api/v1/files/{id}", Act(Some(SeeWork), Tasks)).of(numbered),
    // Sheets that become records, and lists that become sheets; what is in an export for whom is in a test of its own.
    get("/api/v1/import-kinds", IMPORT),
    get("/api/v1/import-kinds/{id}/template", IMPORT).id(|_, _| "items".to_owned()),
    get("/api/v1/imports", IMPORT),
    post("/api/v1/imports", IMPORT),
    get("/api/v1/imports/{id}", IMPORT),
    put("/api/v1/imports/{id}", IMPORT).body(|_, _| json!({"update_existing": true})),
    post("/api/v1/imports/{id}/check", IMPORT),
    post("/api/v1/imports/{id}/run", IMPORT),
    post("/api/v1/imports/{id}/undo", IMPORT),
    get("/api/v1/imports/{id}/rows", IMPORT),
    get("/api/v1/imports/{id}/failed", IMPORT),
    get("/api/v1/export-lists", SignedIn),
    get("/api/v1/exports", SignedIn),
    post("/api/v1/exports", See(SeeWork)).body(|_, _| json!({"list": "tasks"})),
    get("/api/v1/exports/{id}", SignedIn).of_others(|world, _| world.export_of_another()),
    get("/api/v1/exports/{id}/content", SignedIn).of_others(|world, _| world.export_of_another()),
    delete("/api/v1/exports/{id}", SignedIn).of_others(|world, _| world.export_of_another()),
    // Last, because it ends the session that asks.
    delete("/api/v1/session", SignedIn),
];
