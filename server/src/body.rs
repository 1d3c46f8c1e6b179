//! Bodies of requests: JSON into a struct of its fields, or a refusal that names what is wrong.

use crate::error::ApiError;
use crate::refusal::Refusal;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use serde::de::DeserializeOwned;

/// The largest body of a request, in bytes, where nothing else is said.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// A body of JSON.
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<JsonBody<T>, ApiError> {
        let media = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|h| h.to_str().ok())
            .unwrap_or_default();
        let media = media.split(';').next().unwrap_or_default().trim();
        if !media.eq_ignore_ascii_case("application/json") {
            let expected = "application/json";
            return Err(Refusal::MediaType { expected }.into());
        }
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| match rejection.status().as_u16() {
            413 => Refusal::TooLarge {
                limit: MAX_BODY_BYTES,
            }
            .into(),
            _ => ApiError::invalid("body", rejection.body_text()),
        })?;
        let parsed = serde_json::from_slice(&bytes);
        parsed
            .map(JsonBody)
            .map_err(|e| ApiError::invalid("body", e.to_string()))
    }
}
