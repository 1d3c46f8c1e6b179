//! The server's life: from a listener to the last answered request.

use axum::Router;
use std::future::Future;
use std::io;
use tokio::net::TcpListener;

/// Serves until `shutdown` is ready, then lets running requests finish.
///
/// # Errors
/// When the listener fails.
pub async fn run(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown)
        .await
}
