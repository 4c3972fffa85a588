//! What every answer carries: a request id (in the log too) and headers that keep foreign content, frames and guessing out.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;
use data_encoding::HEXLOWER;
use tracing::Instrument as _;

/// Header that names a request in the log.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Only what the hub itself serves; inline styles because the component library writes them.
macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; ",
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
            $more
        )
    };
}

const POLICY: &str = policy!("");

/// For the installer's page alone: its reader of barcodes is WebAssembly of our own. Scripts from text stay forbidden there too.
pub const POLICY_WITH_WASM: HeaderValue = HeaderValue::from_static(policy!("; script-src 'self' 'wasm-unsafe-eval'"));

/// Middleware: gives the request an id (or takes a plain one that came with it), logs it, and secures the answer.
pub async fn around(mut request: Request, next: Next) -> Response {
    let id = request.headers().get(&REQUEST_ID).filter(|given| plain(given)).cloned().unwrap_or_else(fresh);
    request.headers_mut().insert(REQUEST_ID, id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let span = tracing::info_span!("request", id = id.to_str().unwrap_or_default(), %method, path);
    let began = std::time::Instant::now();
    let mut response = async move {
        let response = next.run(request).await;
        let ms = began.elapsed().as_millis();
        tracing::debug!(status = response.status().as_u16(), ms, "answered");
        response
    }
    .instrument(span)
    .await;
    let headers = response.headers_mut();
    headers.insert(REQUEST_ID, id);
    // Files of people have a stricter one of their own, the installer's page a wider one.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(POLICY));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

fn plain(id: &HeaderValue) -> bool {
    (8..=64).contains(&id.len()) && id.as_bytes().iter().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(b))
}

fn fresh() -> HeaderValue {
    HeaderValue::from_str(&HEXLOWER.encode(&rand::random::<[u8; 8]>())).unwrap_or(HeaderValue::from_static("unnamed"))
}
