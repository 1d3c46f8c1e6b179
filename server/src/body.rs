//! Bodies of requests, and the key under which one is done once: JSON into a struct of its fields, or a refusal that names
//! what is wrong.

use crate::error::ApiError;
use crate::refusal::Refusal;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName};
use serde::de::DeserializeOwned;

/// The largest body of a request, in bytes, where nothing else is said.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// The longest key of a request, in characters.
const MAX_KEY_CHARS: usize = 100;

/// A body of JSON of at most `MAX` bytes.
pub(crate) struct JsonBody<T, const MAX: usize = MAX_BODY_BYTES>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned, const MAX: usize> FromRequest<S> for JsonBody<T, MAX> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<JsonBody<T, MAX>, ApiError> {
        check_headers(request.headers(), MAX)?;
        let bytes = to_bytes(request.into_body(), MAX).await.map_err(|error| {
            // The only other reason is that the client went away, and then nobody reads this.
            tracing::debug!(%error, "a body was not read to its end");
            ApiError::from(Refusal::TooLarge { limit: MAX })
        })?;
        let parsed = serde_json::from_slice(&bytes);
        parsed
            .map(JsonBody)
            .map_err(|e| ApiError::invalid("body", e.to_string()))
    }
}

/// Refuses a body that announces another kind or too much, before it is read.
fn check_headers(headers: &HeaderMap, limit: usize) -> Result<(), ApiError> {
    let text = |name: HeaderName| {
        headers
            .get(name)
            .and_then(|h| h.to_str().ok())
            .unwrap_or_default()
    };
    let media = text(CONTENT_TYPE).split(';').next().unwrap_or_default();
    if !media.trim().eq_ignore_ascii_case("application/json") {
        let expected = "application/json";
        return Err(Refusal::MediaType { expected }.into());
    }
    let announced: Option<usize> = text(CONTENT_LENGTH).parse().ok();
    if announced.is_some_and(|length| length > limit) {
        return Err(Refusal::TooLarge { limit }.into());
    }
    Ok(())
}

/// The key under which a request is done once.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let length = text.len();
    if !(1..=MAX_KEY_CHARS).contains(&length) || !text.bytes().all(|b| b.is_ascii_graphic()) {
        let problem = format!("expected 1 to {MAX_KEY_CHARS} visible ASCII characters");
        return Err(ApiError::invalid("Idempotency-Key", problem));
    }
    Ok(Some(text.to_owned()))
}
