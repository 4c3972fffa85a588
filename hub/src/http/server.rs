//! Serves the router on a socket until the hub stops; requests that have begun get ten seconds to end.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpListener;

use super::router::router;
use crate::state::App;

/// How long open requests may go on after the hub was told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until [`crate::state::Parts::stop`] is cancelled.
///
/// # Errors
/// When the socket fails.
pub async fn serve(app: App, listener: TcpListener) -> std::io::Result<()> {
    let stop = app.stop.clone();
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    let stopping = stop.clone();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move { stopping.cancelled().await });
    tokio::select! {
        ended = serving.into_future() => ended,
        () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => {
            tracing::warn!("some requests were still open and were cut off");
            Ok(())
        }
    }
}
