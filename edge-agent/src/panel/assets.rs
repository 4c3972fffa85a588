//! The page itself, built from `hub/web` into `hub/web/dist/panel` and part of the program.

use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../hub/web/dist/panel"]
struct Pages;

/// A file of the page; the page itself for every other path.
pub(super) async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if path.starts_with("api/") {
        return super::problem::Problem::new(StatusCode::NOT_FOUND, "path", "没有这个接口").into_response();
    }
    let (file, kept) =
        match Pages::get(path) {
            Some(file) => (file, path.starts_with("assets/")),
            None => match Pages::get("index.html") {
                Some(page) => (page, false),
                None => return Html(
                    "<!doctype html><meta charset=utf-8><p>操作页面尚未构建，请运行 make web。 The panel is not built yet: run make web.",
                )
                .into_response(),
            },
        };
    // Files under assets/ carry their content's hash in their name.
    let cache = if kept { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = file.metadata.mimetype().to_owned();
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, cache.to_owned())], file.data).into_response()
}
