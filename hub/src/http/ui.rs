//! The web pages, embedded in the binary: files with their own names in the build are cached for good, everything else asks again, and an
//! address that is not a file is a page of its app. The desk is at `/`, the installer's phone page at `/field/`, the customers' survey at
//! `/survey`.

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Redirect, Response};
use data_encoding::HEXLOWER;
use rust_embed::RustEmbed;

use super::headers::POLICY_WITH_WASM;
use super::problem::Problem;

#[derive(RustEmbed)]
#[folder = "web/dist/desk"]
struct Desk;

#[derive(RustEmbed)]
#[folder = "web/dist/field"]
struct Field;

/// What is shown when the binary was built without the web UI.
const NOT_BUILT: &str = include_str!("not_built.html");

/// Serves the UI; the fallback of the router.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let of_the_api = ["api", "edge"].iter().any(|first| path.split('/').next() == Some(first));
    if of_the_api {
        return StatusCode::NOT_FOUND.into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    match path.strip_prefix("field") {
        // A service worker is answerable for what is beneath its folder: the page must be in it.
        Some("") => return Redirect::permanent("/field/").into_response(),
        Some(rest) if rest.starts_with('/') => {
            // The worker with the reader has the policy of its own file, not that of the page.
            let mut response = page_of::<Field>(rest.trim_start_matches('/'), "index.html", &headers);
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY_WITH_WASM);
            return response;
        }
        _ if path == "survey" => return page_of::<Field>("survey", "survey.html", &headers),
        _ => {}
    }
    page_of::<Desk>(path, "index.html", &headers)
}

/// A file of an app, or its document for an address that is none.
fn page_of<App: RustEmbed>(path: &str, document: &str, headers: &HeaderMap) -> Response {
    if let Some(file) = App::get(path) {
        return answer(path, &file, headers);
    }
    // A missing script must not be answered with a page: the browser would try to run it.
    if path.rsplit('/').next().is_some_and(|name| name.contains('.')) {
        return Problem::not_found().into_response();
    }
    match App::get(document) {
        Some(index) => answer(document, &index, headers),
        None => ([(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], NOT_BUILT).into_response(),
    }
}

fn answer(path: &str, file: &rust_embed::EmbeddedFile, asked: &HeaderMap) -> Response {
    let tag = format!("\"{}\"", HEXLOWER.encode(&file.metadata.sha256_hash()[..16]));
    // Vite puts a hash of the content into the names below assets/.
    let caching = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let known =
        asked.get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).is_some_and(|tags| tags.split(',').any(|t| t.trim() == tag));
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, media_type(file.metadata.mimetype()))], file.data.clone().into_owned()).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn media_type(mime: &str) -> String {
    if mime.starts_with("text/") || mime == "application/javascript" { format!("{mime}; charset=utf-8") } else { mime.to_owned() }
}
