//! The pages: one search box to try the API with, and the console of cartographers. Both are clients of the API of this
//! server, without any request to elsewhere.

use axum::http::{HeaderName, header};
use axum::response::IntoResponse;

type Headers = [(HeaderName, &'static str); 3];

const POLICY: &str =
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

fn headers(kind: &'static str) -> Headers {
    [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-cache"),
    ]
}

pub(crate) async fn index() -> impl IntoResponse {
    (
        headers("text/html; charset=utf-8"),
        include_str!("../../assets/index.html"),
    )
}

pub(crate) async fn script() -> impl IntoResponse {
    (
        headers("text/javascript; charset=utf-8"),
        include_str!("../../assets/app.js"),
    )
}

pub(crate) async fn style() -> impl IntoResponse {
    (
        headers("text/css; charset=utf-8"),
        include_str!("../../assets/style.css"),
    )
}

pub(crate) async fn console() -> impl IntoResponse {
    (
        headers("text/html; charset=utf-8"),
        include_str!("../../assets/console.html"),
    )
}

pub(crate) async fn console_script() -> impl IntoResponse {
    (
        headers("text/javascript; charset=utf-8"),
        include_str!("../../assets/console.js"),
    )
}

pub(crate) async fn console_forms() -> impl IntoResponse {
    (
        headers("text/javascript; charset=utf-8"),
        include_str!("../../assets/console-forms.js"),
    )
}

pub(crate) async fn console_style() -> impl IntoResponse {
    (
        headers("text/css; charset=utf-8"),
        include_str!("../../assets/console.css"),
    )
}
