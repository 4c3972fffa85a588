//! The whole API on one page. Each line is one address with its methods; the handler says the rest.
//!
//! What stands around every route, from outside to inside: request id and security headers, refusals in the reader's language, panics
//! caught, a time limit, answers compressed, bodies limited.

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::{Router, middleware};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{events, fleet, headers, health, openapi, problem, stock, ui};
use crate::catalog::configuration;
use crate::crm::{collaborators, customers, opportunities};
use crate::finance::payments;
use crate::inventory::limits;
use crate::platform::export::api as exports;
use crate::platform::files::api as files;
use crate::platform::import::api as imports;
use crate::platform::notifications::channels_api;
use crate::platform::{comments, expressions, fields, home, jobs, notifications, schedules, sign_in, stages, views, webhooks};
use crate::sales::{contracts, orders, quotes};
use crate::service::{field, surveys, tickets};
use crate::state::App;
use crate::warehouse::labels;
use crate::{catalog, devices, edges, exceptions, feed, figures, platform, warehouse};

/// Largest body that a route takes.
const BODY_LIMIT: usize = 1024 * 1024;
/// Longest time until an answer begins.
const TIME_LIMIT: Duration = Duration::from_secs(60);
/// Largest body with a file in it; what each route takes is less.
const UPLOAD_LIMIT: usize = 66 * 1024 * 1024;
/// Longest time for an upload.
const UPLOAD_TIME: Duration = Duration::from_secs(15 * 60);

/// The API with its document.
pub(super) fn open_api_router() -> OpenApiRouter<App> {
    plain().merge(uploads())
}

/// Routes that take files: larger bodies, counted while they come, and more time for them on slow lines.
fn uploads() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        // /api/v1/items/{id}/files
        .routes(routes!(files::of_item, files::to_item))
        // /api/v1/tasks/{id}/files
        .routes(routes!(files::of_task, files::to_task))
        // /api/v1/exceptions/{id}/files
        .routes(routes!(files::of_case, files::to_case))
        .routes(routes!(files::of_customer, files::to_customer))
        .routes(routes!(files::of_opportunity, files::to_opportunity))
        .routes(routes!(files::of_ticket, files::to_ticket))
        .routes(routes!(files::of_contract, files::to_contract))
        .routes(routes!(files::of_order, files::to_order))
        // /api/v1/field/files                 what phones send
        .routes(routes!(field::api::send))
        // /api/v1/imports                     sheets that become records
        .routes(routes!(imports::list, imports::create))
}

/// All other routes.
fn plain() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(openapi::frame())
        // /api/v1/comments/{kind}/{id}        what colleagues say about a record
        .routes(routes!(comments::api::list, comments::api::create))
        // /api/v1/comments/{kind}/{id}/people
        .routes(routes!(comments::api::people))
        // /api/v1/session                     who is asking
        .routes(routes!(platform::api::sign_in, platform::api::who, platform::api::sign_out))
        // /api/v1/session/outside             who is asking, with an identity provider
        .routes(routes!(sign_in::api::show, sign_in::api::finish))
        // /api/v1/session/outside/begin
        .routes(routes!(sign_in::api::begin))
        // /api/v1/session/outside/callback
        .routes(routes!(sign_in::api::callback))
        // /api/v1/me                          what everybody does for themselves
        .routes(routes!(platform::people::me::change))
        // /api/v1/me/password
        .routes(routes!(platform::people::me::change_password))
        // /api/v1/me/sessions
        .routes(routes!(platform::people::me::sessions))
        // /api/v1/me/sessions/{id}
        .routes(routes!(platform::people::me::end_session))
        // /api/v1/me/codes
        .routes(routes!(platform::codes::api::show, platform::codes::api::begin))
        // /api/v1/me/codes/confirm
        .routes(routes!(platform::codes::api::confirm))
        // /api/v1/me/codes/remove
        .routes(routes!(platform::codes::api::remove))
        // /api/v1/me/tokens
        .routes(routes!(platform::tokens::api::list, platform::tokens::api::create))
        // /api/v1/me/tokens/{id}
        .routes(routes!(platform::tokens::api::revoke))
        // /api/v1/organisations               the chain and its people
        .routes(routes!(platform::organisation::api::list, platform::organisation::api::create))
        // /api/v1/organisations/{id}
        .routes(routes!(platform::organisation::api::show, platform::organisation::api::change))
        // /api/v1/modules
        .routes(routes!(platform::organisation::api::modules))
        // /api/v1/people
        .routes(routes!(platform::people::api::list, platform::people::api::create))
        // /api/v1/people/{id}
        .routes(routes!(platform::people::api::show, platform::people::api::change))
        // /api/v1/people/find
        .routes(routes!(platform::people::personal::find))
        // /api/v1/people/{id}/reveal
        .routes(routes!(platform::people::personal::reveal))
        // /api/v1/people/{id}/timeline
        .routes(routes!(platform::people::personal::timeline))
        // /api/v1/people/{id}/password
        .routes(routes!(platform::people::api::reset_password))
        // /api/v1/people/{id}/hand-over
        .routes(routes!(platform::people::api::hand_over))
        // /api/v1/people/{id}/codes
        .routes(routes!(platform::people::api::forget_codes))
        // /api/v1/people/{id}/outside
        .routes(routes!(platform::people::api::identities, platform::people::api::forget_identities))
        // /api/v1/people/{id}/sessions
        .routes(routes!(platform::people::api::sessions, platform::people::api::end_sessions))
        // /api/v1/roles
        .routes(routes!(platform::roles::api::list, platform::roles::api::create))
        // /api/v1/roles/{id}
        .routes(routes!(platform::roles::api::show, platform::roles::api::change, platform::roles::api::delete))
        // /api/v1/audit                       who changed what
        .routes(routes!(platform::audit::api::list))
        // /api/v1/rights
        .routes(routes!(platform::roles::api::rights))
        // /api/v1/home                        what waits for the reader, and lists as they like them
        .routes(routes!(home::show))
        // /api/v1/views
        .routes(routes!(views::api::list, views::api::create))
        // /api/v1/views/{id}
        .routes(routes!(views::api::change, views::api::remove))
        // /api/v1/search                      find and go
        .routes(routes!(platform::search::api::search))
        // /api/v1/customers                   customers and every word with them
        .routes(routes!(customers::api::list, customers::api::create))
        // /api/v1/customers/choices
        .routes(routes!(customers::api::choices))
        // /api/v1/customers/check
        .routes(routes!(customers::personal::check))
        // /api/v1/customers/find
        .routes(routes!(customers::personal::find))
        // /api/v1/customers/{id}
        .routes(routes!(customers::api::show, customers::api::change))
        // /api/v1/customers/{id}/collaborators
        .routes(routes!(collaborators::of_customer))
        // /api/v1/customers/{id}/collaborators/{person}
        .routes(routes!(collaborators::share_customer, collaborators::unshare_customer))
        // /api/v1/customers/{id}/follow-ups
        .routes(routes!(customers::api::follow_up))
        // /api/v1/customers/{id}/reveal
        .routes(routes!(customers::personal::reveal))
        // /api/v1/customers/{id}/timeline
        .routes(routes!(customers::api::timeline))
        // /api/v1/customers/{id}/account      what customers paid, and what for
        .routes(routes!(payments::api::account))
        // /api/v1/customers/{id}/account/history
        .routes(routes!(payments::api::history))
        // /api/v1/customers/{id}/payments
        .routes(routes!(payments::api::receive))
        // /api/v1/customers/{id}/payments/move
        .routes(routes!(payments::api::transfer))
        // /api/v1/customers/{id}/payments/refund
        .routes(routes!(payments::api::refund))
        // /api/v1/payments
        .routes(routes!(payments::api::list))
        // /api/v1/payments/choices
        .routes(routes!(payments::api::choices))
        // /api/v1/payments/days
        .routes(routes!(payments::api::list_days, payments::api::close_day))
        // /api/v1/payments/{id}
        .routes(routes!(payments::api::show))
        // /api/v1/payments/{id}/undo
        .routes(routes!(payments::api::undo))
        // /api/v1/opportunities               what they may buy, from stage to stage
        .routes(routes!(opportunities::api::list, opportunities::api::create))
        // /api/v1/opportunities/report
        .routes(routes!(opportunities::report::report))
        // /api/v1/opportunities/sums
        .routes(routes!(opportunities::report::sums))
        // /api/v1/opportunities/{id}
        .routes(routes!(opportunities::api::show, opportunities::api::change))
        // /api/v1/opportunities/{id}/collaborators
        .routes(routes!(collaborators::of_opportunity))
        // /api/v1/opportunities/{id}/collaborators/{person}
        .routes(routes!(collaborators::share_opportunity, collaborators::unshare_opportunity))
        // /api/v1/opportunities/{id}/move
        .routes(routes!(opportunities::api::go))
        // /api/v1/opportunities/{id}/block
        .routes(routes!(opportunities::api::block))
        // /api/v1/opportunities/{id}/timeline
        .routes(routes!(opportunities::api::timeline))
        // /api/v1/tickets                     service tickets
        .routes(routes!(tickets::api::list, tickets::api::create))
        // /api/v1/tickets/choices
        .routes(routes!(tickets::api::choices))
        // /api/v1/tickets/installers
        .routes(routes!(tickets::api::installers))
        // /api/v1/tickets/{id}
        .routes(routes!(tickets::api::show, tickets::api::change))
        // /api/v1/tickets/{id}/acts
        .routes(routes!(tickets::api::act))
        // /api/v1/tickets/{id}/after-sales
        .routes(routes!(tickets::api::after_sales))
        // /api/v1/tickets/{id}/reveal
        .routes(routes!(tickets::personal::reveal))
        // /api/v1/tickets/{id}/timeline
        .routes(routes!(tickets::api::timeline))
        // /api/v1/service-settings
        .routes(routes!(tickets::settings::show, tickets::settings::put))
        // /api/v1/field/day                   the installer's phone
        .routes(routes!(field::api::day))
        // /api/v1/field/operations
        .routes(routes!(field::api::operations))
        // /api/v1/surveys/open                what customers say
        .routes(routes!(surveys::api::open))
        // /api/v1/surveys/answer
        .routes(routes!(surveys::api::answer))
        // /api/v1/surveys/figures
        .routes(routes!(surveys::api::figures))
        // /api/v1/quotes                      what customers are offered
        .routes(routes!(quotes::api::list, quotes::api::create))
        // /api/v1/quotes/open
        .routes(routes!(quotes::share::open))
        // /api/v1/quotes/{id}
        .routes(routes!(quotes::api::show))
        // /api/v1/quotes/{id}/accept
        .routes(routes!(quotes::api::accept))
        // /api/v1/quotes/{id}/compare
        .routes(routes!(quotes::api::comparison))
        // /api/v1/quotes/{id}/share
        .routes(routes!(quotes::api::make_link))
        // /api/v1/quotes/{id}/timeline
        .routes(routes!(quotes::api::timeline))
        // /api/v1/quotes/{id}/versions
        .routes(routes!(quotes::api::revise))
        // /api/v1/contracts                   what customers sign
        .routes(routes!(contracts::api::list, contracts::api::create))
        // /api/v1/contracts/{id}
        .routes(routes!(contracts::api::show, contracts::api::change))
        // /api/v1/contracts/{id}/approval
        .routes(routes!(contracts::api::approval))
        // /api/v1/contracts/{id}/complete
        .routes(routes!(contracts::api::complete))
        // /api/v1/contracts/{id}/sign
        .routes(routes!(contracts::api::sign))
        // /api/v1/contracts/{id}/timeline
        .routes(routes!(contracts::api::timeline))
        // /api/v1/contracts/{id}/void
        .routes(routes!(contracts::api::void))
        // /api/v1/orders                      what customers bought
        .routes(routes!(orders::api::list, orders::api::create))
        // /api/v1/orders/sum
        .routes(routes!(orders::api::sum))
        // /api/v1/orders/choices
        .routes(routes!(orders::api::choices))
        // /api/v1/orders/{id}
        .routes(routes!(orders::api::show, orders::api::change))
        // /api/v1/orders/{id}/approval
        .routes(routes!(orders::api::approval))
        // /api/v1/orders/{id}/cancel
        .routes(routes!(orders::api::cancel))
        // /api/v1/orders/{id}/complete
        .routes(routes!(orders::api::complete))
        // /api/v1/orders/{id}/confirm
        .routes(routes!(orders::api::confirm))
        // /api/v1/orders/{id}/reserve
        .routes(routes!(orders::api::reserve))
        // /api/v1/orders/{id}/ship
        .routes(routes!(orders::api::ship))
        // /api/v1/orders/{id}/sign
        .routes(routes!(orders::sign::put))
        // /api/v1/orders/{id}/timeline
        .routes(routes!(orders::api::timeline))
        // /api/v1/figures/sales               how much, by whom, compared with before
        .routes(routes!(figures::api::sales))
        // /api/v1/figures/ranking
        .routes(routes!(figures::api::ranking))
        // /api/v1/figures/funnel
        .routes(routes!(figures::api::funnel))
        // /api/v1/figures/stock
        .routes(routes!(figures::api::stock))
        // /api/v1/figures/measures
        .routes(routes!(figures::api::measures))
        // /api/v1/figures/now
        .routes(routes!(figures::api::now))
        // /api/v1/availability                what can be sold from where
        .routes(routes!(orders::available::show))
        // /api/v1/sites                       places and operators
        .routes(routes!(warehouse::api::sites))
        // /api/v1/operators
        .routes(routes!(warehouse::api::operators))
        // /api/v1/locations
        .routes(routes!(warehouse::api::locations))
        // /api/v1/locations/{id}
        .routes(routes!(warehouse::api::location))
        // /api/v1/items                       the catalogue
        .routes(routes!(catalog::api::list))
        // /api/v1/items/{id}
        .routes(routes!(catalog::api::show, catalog::api::change))
        // /api/v1/items/{id}/price
        .routes(routes!(catalog::prices::api::of_item))
        // /api/v1/items/{id}/timeline
        .routes(routes!(platform::audit::api::of_item))
        // /api/v1/price-lists                 what goods cost
        .routes(routes!(catalog::prices::api::list, catalog::prices::api::create))
        // /api/v1/price-lists/{id}
        .routes(routes!(catalog::prices::api::show, catalog::prices::api::change))
        // /api/v1/price-lists/{id}/prices
        .routes(routes!(catalog::prices::api::prices))
        // /api/v1/price-lists/{id}/prices/{item}
        .routes(routes!(catalog::prices::api::put_price, catalog::prices::api::remove_price))
        // /api/v1/price-lists/{id}/timeline
        .routes(routes!(catalog::prices::api::timeline))
        // /api/v1/configurations/price
        .routes(routes!(catalog::prices::api::price))
        // /api/v1/stock                       the books
        .routes(routes!(stock::stock))
        // /api/v1/stock/summary
        .routes(routes!(stock::summary))
        // /api/v1/stock-limits
        .routes(routes!(limits::api::list))
        // /api/v1/sites/{id}/limits/{item}
        .routes(routes!(limits::api::show, limits::api::put, limits::api::remove))
        // /api/v1/stock/summary/totals
        .routes(routes!(stock::summary_totals))
        // /api/v1/movements
        .routes(routes!(stock::movements))
        // /api/v1/totals
        .routes(routes!(stock::totals))
        // /api/v1/tasks                       the work
        .routes(routes!(warehouse::api::tasks, warehouse::api::create))
        // /api/v1/tasks/{id}
        .routes(routes!(warehouse::api::task))
        // /api/v1/tasks/{id}/scans
        .routes(routes!(warehouse::api::task_scans))
        // /api/v1/tasks/{id}/timeline
        .routes(routes!(platform::audit::api::of_task))
        // /api/v1/tasks/{id}/withdraw
        .routes(routes!(warehouse::api::withdraw))
        // /api/v1/scans
        .routes(routes!(warehouse::api::list_scans))
        // /api/v1/floor                       the floor now
        .routes(routes!(warehouse::api::floor))
        // /api/v1/events
        .routes(routes!(events::stream))
        // /api/v1/edges                       the machines at the sites
        .routes(routes!(fleet::list, fleet::create))
        // /api/v1/edges/{id}
        .routes(routes!(fleet::show))
        // /api/v1/edges/{id}/token
        .routes(routes!(fleet::renew_token))
        // /api/v1/edges/{id}/disable
        .routes(routes!(fleet::disable))
        // /api/v1/edges/{id}/enable
        .routes(routes!(fleet::enable))
        // /api/v1/edges/{id}/forgive
        .routes(routes!(fleet::forgive))
        // /api/v1/devices                     scanners and printers of the chain
        .routes(routes!(devices::api::devices))
        // /api/v1/devices/counts
        .routes(routes!(devices::api::counts))
        // /api/v1/device-settings             what devices can be told
        .routes(routes!(devices::api::device_settings))
        // /api/v1/device-profiles
        .routes(routes!(devices::api::profile_list))
        // /api/v1/device-profiles/{profile}
        .routes(routes!(devices::api::profile, devices::api::put_profile, devices::api::remove_profile))
        // /api/v1/device-assignments
        .routes(routes!(devices::api::assignment_list, devices::api::create_assignment))
        // /api/v1/device-assignments/{id}
        .routes(routes!(devices::api::change_assignment, devices::api::remove_assignment))
        // /api/v1/exceptions                  cases for people
        .routes(routes!(exceptions::api::list))
        // /api/v1/exceptions/{id}
        .routes(routes!(exceptions::api::show))
        // /api/v1/exceptions/{id}/resolve
        .routes(routes!(exceptions::api::resolve))
        // /api/v1/notifications               what people and programs are told
        .routes(routes!(notifications::api::list))
        // /api/v1/notifications/unread
        .routes(routes!(notifications::api::unread))
        // /api/v1/notifications/read
        .routes(routes!(notifications::api::read_all))
        // /api/v1/notifications/{id}/read
        .routes(routes!(notifications::api::read))
        // /api/v1/notification-choices
        .routes(routes!(notifications::api::choices, notifications::api::choose))
        // /api/v1/notice-kinds
        .routes(routes!(notifications::api::kinds))
        // /api/v1/channels
        .routes(routes!(channels_api::list, channels_api::create))
        // /api/v1/channels/{id}
        .routes(routes!(channels_api::show, channels_api::change, channels_api::remove))
        // /api/v1/channels/{id}/test
        .routes(routes!(channels_api::test))
        // /api/v1/channels/{id}/messages
        .routes(routes!(channels_api::messages))
        // /api/v1/webhooks
        .routes(routes!(webhooks::api::list, webhooks::api::create))
        // /api/v1/webhooks/{id}
        .routes(routes!(webhooks::api::show, webhooks::api::change, webhooks::api::remove))
        // /api/v1/webhooks/{id}/secret
        .routes(routes!(webhooks::api::renew_secret))
        // /api/v1/webhooks/{id}/test
        .routes(routes!(webhooks::api::test))
        // /api/v1/webhook-deliveries
        .routes(routes!(webhooks::api::deliveries))
        // /api/v1/webhook-deliveries/{id}
        .routes(routes!(webhooks::api::delivery))
        // /api/v1/webhook-deliveries/{id}/redeliver
        .routes(routes!(webhooks::api::redeliver))
        // /api/v1/jobs                        work that outlives a request
        .routes(routes!(jobs::api::list))
        // /api/v1/jobs/{id}
        .routes(routes!(jobs::api::show))
        // /api/v1/jobs/{id}/cancel
        .routes(routes!(jobs::api::cancel))
        // /api/v1/jobs/{id}/retry
        .routes(routes!(jobs::api::retry))
        // /api/v1/schedules
        .routes(routes!(schedules::api::list, schedules::api::create))
        // /api/v1/schedules/{id}
        .routes(routes!(schedules::api::show, schedules::api::change, schedules::api::remove))
        // /api/v1/schedules/{id}/run
        .routes(routes!(schedules::api::run))
        // /api/v1/schedule-kinds
        .routes(routes!(schedules::api::kinds))
        // /api/v1/schedule-preview
        .routes(routes!(schedules::api::preview))
        // /api/v1/entities                    what a chain sets up by itself
        .routes(routes!(fields::api::entities))
        // /api/v1/entities/{entity}/form
        .routes(routes!(fields::api::form))
        // /api/v1/entities/{entity}/columns
        .routes(routes!(fields::api::columns))
        // /api/v1/entities/{entity}/fields
        .routes(routes!(fields::api::show, fields::api::draft, fields::api::discard))
        // /api/v1/entities/{entity}/fields/publish
        .routes(routes!(fields::api::publish))
        // /api/v1/entities/{entity}/fields/restore
        .routes(routes!(fields::api::restore))
        // /api/v1/entities/{entity}/fields/versions
        .routes(routes!(fields::api::versions))
        // /api/v1/option-lists
        .routes(routes!(fields::api::option_lists))
        // /api/v1/option-lists/{code}
        .routes(routes!(fields::api::option_list, fields::api::draft_list, fields::api::discard_list))
        // /api/v1/option-lists/{code}/publish
        .routes(routes!(fields::api::publish_list))
        // /api/v1/option-lists/{code}/restore
        .routes(routes!(fields::api::restore_list))
        // /api/v1/option-lists/{code}/versions
        .routes(routes!(fields::api::list_versions))
        // /api/v1/pipelines
        .routes(routes!(stages::api::list))
        // /api/v1/pipelines/{pipeline}
        .routes(routes!(stages::api::show, stages::api::draft, stages::api::discard))
        // /api/v1/pipelines/{pipeline}/publish
        .routes(routes!(stages::api::publish))
        // /api/v1/pipelines/{pipeline}/restore
        .routes(routes!(stages::api::restore))
        // /api/v1/pipelines/{pipeline}/versions
        .routes(routes!(stages::api::versions))
        // /api/v1/pipelines/{pipeline}/try
        .routes(routes!(stages::api::try_move))
        // /api/v1/option-models
        .routes(routes!(configuration::api::list))
        // /api/v1/option-models/{model}
        .routes(routes!(configuration::api::show, configuration::api::draft, configuration::api::discard))
        // /api/v1/option-models/{model}/publish
        .routes(routes!(configuration::api::publish))
        // /api/v1/option-models/{model}/restore
        .routes(routes!(configuration::api::restore))
        // /api/v1/option-models/{model}/versions
        .routes(routes!(configuration::api::versions))
        // /api/v1/option-models/{model}/try
        .routes(routes!(catalog::prices::api::try_model))
        // /api/v1/label-templates
        .routes(routes!(labels::api::list))
        // /api/v1/label-templates/{template}
        .routes(routes!(labels::api::show, labels::api::draft, labels::api::discard))
        // /api/v1/label-templates/{template}/publish
        .routes(routes!(labels::api::publish))
        // /api/v1/label-templates/{template}/restore
        .routes(routes!(labels::api::restore))
        // /api/v1/label-templates/{template}/versions
        .routes(routes!(labels::api::versions))
        // /api/v1/label-elements              what templates are made of
        .routes(routes!(labels::api::elements))
        // /api/v1/label-previews              a label dot for dot
        .routes(routes!(labels::api::preview))
        // /api/v1/expressions/check
        .routes(routes!(expressions::api::check))
        // /api/v1/files/{id}                  files of records
        .routes(routes!(files::show, files::delete))
        // /api/v1/files/{id}/content
        .routes(routes!(files::content))
        // /api/v1/files/{id}/thumbnail
        .routes(routes!(files::thumbnail))
        // /api/v1/import-kinds                sheets that become records
        .routes(routes!(imports::kinds))
        // /api/v1/import-kinds/{id}/template
        .routes(routes!(imports::show_template))
        // /api/v1/imports/{id}
        .routes(routes!(imports::show, imports::map))
        // /api/v1/imports/{id}/check
        .routes(routes!(imports::check))
        // /api/v1/imports/{id}/run
        .routes(routes!(imports::run))
        // /api/v1/imports/{id}/undo
        .routes(routes!(imports::undo))
        // /api/v1/imports/{id}/rows
        .routes(routes!(imports::rows))
        // /api/v1/imports/{id}/failed
        .routes(routes!(imports::show_failed))
        // /api/v1/export-lists                lists that become sheets
        .routes(routes!(exports::lists))
        // /api/v1/exports
        .routes(routes!(exports::list, exports::create))
        // /api/v1/exports/{id}
        .routes(routes!(exports::show, exports::delete))
        // /api/v1/exports/{id}/content
        .routes(routes!(exports::content))
        // /api/v1/openapi.json                the hub itself
        .routes(routes!(openapi::show))
        // /api/v1/health
        .routes(routes!(health::show))
}

/// Everything the hub answers over HTTP.
pub fn router(app: App) -> Router {
    let ((api, _), (uploads, _)) = (plain().split_for_parts(), uploads().split_for_parts());
    let limit = |limit| TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, limit);
    let uploads = uploads.layer(DefaultBodyLimit::max(UPLOAD_LIMIT)).layer(limit(UPLOAD_TIME)).with_state(app.clone());
    // Machines at the sites have their own routes, signed by their keys, never compressed a second time.
    let machines = edges::api::router(app.fleet.clone())
        .merge(edges::wire::router(app.fleet.clone(), app.stop.clone()))
        .merge(feed::api::router(app.fleet.clone()));
    api.fallback(ui::serve)
        .layer(CompressionLayer::new())
        .with_state(app)
        .merge(machines)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(limit(TIME_LIMIT))
        .merge(uploads)
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(middleware::from_fn(problem::in_readers_language))
        .layer(middleware::from_fn(headers::around))
}
