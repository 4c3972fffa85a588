//! The document of the API (OpenAPI 3.1), made from the handlers themselves; `hub openapi` prints it.

use std::collections::BTreeMap;

use axum::Json;
use serde::Serialize;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ContentBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi as _, ToSchema};

use super::problem::PROBLEM_JSON;
use crate::platform::session::{COOKIE, CSRF_HEADER};

/// A refusal (RFC 9457): names the rule that was broken, the field, and who can put it right.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// `urn:qitao:problem:` and the rule.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of refusal, in the reader's language.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here, in the reader's language.
    pub detail: String,
    /// The rule that was broken, for programs.
    pub rule: String,
    /// The field at fault, as a path: `lines[0].quantity`.
    #[schema(required = false)]
    pub field: Option<String>,
    /// Who can put it right, in the reader's language.
    #[schema(required = false)]
    pub who: Option<String>,
}

/// The refusals that any route may answer with.
pub struct Refusals;

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let refusals = [
            ("400", "The request cannot be understood"),
            ("401", "Not signed in, or the session is over"),
            ("403", "The role may not do this, or the CSRF header is missing"),
            ("404", "No such record, or outside what the reader may see"),
            ("409", "The record is not in a state that allows this"),
            ("412", "The record was changed since it was read"),
            ("413", "The body is too large"),
            ("415", "The body is not JSON"),
            ("422", "A value breaks a rule"),
            ("428", "A change says with If-Match which version it was made from"),
            ("429", "Too many attempts; see Retry-After"),
            ("500", "The hub failed; nothing was changed"),
        ];
        let body = || ContentBuilder::new().schema(Some(RefOr::<Schema>::Ref(Ref::from_schema_name("Problem")))).build();
        let answer = |text: &str| RefOr::T(ResponseBuilder::new().description(text).content(PROBLEM_JSON, body()).build());
        refusals.into_iter().map(|(status, text)| (status.to_owned(), answer(text))).collect()
    }
}

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new(COOKIE))));
        let csrf = ApiKeyValue::with_description(CSRF_HEADER, "Repeats the `csrf` value of the session on everything but GET.");
        components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
        components.add_security_scheme("csrf", SecurityScheme::ApiKey(ApiKey::Header(csrf)));
    }
}

/// What stands in the document beside the routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "齐套 Qitao hub",
        description = "Quantities are decimal texts, times are milliseconds since 1970 UTC, ids are numbers. Lists answer \
                       `{items, next, total}`; pass `next` as `cursor`; `at_least` says that there are more than `total`, which counts to 10000 at most, and where counting would take long only the rows of the page. Refusals are RFC 9457 problems in Chinese, or in English by \
                       Accept-Language. Sign in with POST /api/v1/session; everything but GET repeats the session's `csrf` in the \
                       header x-qitao-csrf. Programs send `Authorization: Bearer` with an API token and no CSRF header. Changes of records with \
                       a version send their ETag back as If-Match. Creates take an Idempotency-Key: the same key again makes nothing and is answered with what it made, \
                       but for what is shown once, such as passwords and tokens. Fields that a chain adds by itself stand \
                       in `custom`; /entities/{entity}/form and /entities/{entity}/columns say which there are, what they hold, and by which \
                       parameters lists narrow and sort."
    ),
    components(schemas(ProblemBody)),
    modifiers(&Security),
    security(("session" = [], "csrf" = []), ("token" = [])),
    tags(
        (name = "session", description = "Signing in and out"),
        (name = "me", description = "The reader's own profile, password, sessions, codes and tokens"),
        (name = "organisation", description = "Organisations, people, roles"),
        (name = "pages", description = "What the web pages keep for their readers: counters of what waits, saved and shared views of lists"),
        (name = "settings", description = "Custom fields, option lists, expressions: drafted, published, taken back"),
        (name = "search", description = "Finding by name, pinyin, code, barcode"),
        (name = "sales", description = "Quotes, contracts and orders"),
        (name = "figures", description = "How the business goes: sales, funnel, stock, what needs somebody now"),
        (name = "finance", description = "Payments: accounts of customers, receipts, the count of the till"),
        (name = "comments", description = "What colleagues say about a record, and whom they mean by it"),
        (name = "crm", description = "Customers and every word with them, and what they may buy"),
        (name = "service", description = "Service tickets, the installer's phone, what customers say of it"),
        (name = "catalog", description = "Items, barcodes, kits"),
        (name = "warehouse", description = "Sites, locations, tasks, the floor"),
        (name = "inventory", description = "Stock and movements"),
        (name = "edges", description = "The machines at the sites"),
        (name = "exceptions", description = "Cases that a person resolves"),
        (name = "jobs", description = "Work that outlives a request, and what runs again and again"),
        (name = "notifications", description = "What people and groups are told"),
        (name = "webhooks", description = "Programs that are told"),
        (name = "files", description = "Files of items, tasks and cases"),
        (name = "imports", description = "Sheets that become records: match, check, run, undo"),
        (name = "exports", description = "Lists that become sheets"),
        (name = "audit", description = "Who changed what"),
        (name = "hub", description = "The hub itself"),
    )
)]
struct Frame;

/// The document without routes; the router adds them.
#[must_use]
pub fn frame() -> OpenApi {
    Frame::openapi()
}

/// The whole document.
#[must_use]
pub fn document() -> OpenApi {
    super::router::open_api_router().into_openapi()
}

/// The document of this API.
#[utoipa::path(get, path = "/api/v1/openapi.json", tag = "hub", security(()),
    responses((status = 200, description = "OpenAPI 3.1", content_type = "application/json"), Refusals))]
pub async fn show() -> Json<OpenApi> {
    Json(document())
}
