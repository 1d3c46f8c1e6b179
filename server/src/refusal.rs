//! Refusals that have to do with people, writes and the base, and what each says to the client.

use crate::error::ApiError;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use geodata::base::{BaseError, Role};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// Seconds after which a client may try again when the base is away: about what a restart takes.
const BASE_RETRY_S: u64 = 2;

/// Longer values are cut in sentences; the fields of the body have them whole.
const MAX_BRIEF_CHARS: usize = 200;

/// Why a request was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// A token is needed and none came.
    NoToken,
    /// A token that is unknown, expired or revoked: which of them is nobody's business.
    BadToken,
    /// A valid token of the wrong role.
    Role { needed: Vec<Role>, present: Role },
    /// Too often.
    TooMany { retry_after_s: u64 },
    /// A body larger than this many bytes.
    TooLarge { limit: usize },
    /// A body of another kind than expected.
    MediaType { expected: &'static str },
    /// There is no such thing.
    NotFound { what: String },
    /// Fields are not what the author of an edit saw.
    Stale { fields: Vec<StaleField> },
    /// An edit that is odd and has to be confirmed.
    Unconfirmed { warnings: Vec<Odd> },
    /// Something is not as the client thinks it is.
    Conflict { detail: String, present: String },
    /// An idempotency key that came with another request before.
    KeyReused { key: String },
    /// The base cannot be reached; searching goes on.
    BaseAway,
    /// The base has no room left.
    BaseFull,
}

/// A field that is not what the author of an edit saw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StaleField {
    pub field: String,
    /// What the author saw.
    #[schema(value_type = Object)]
    pub expected: Value,
    /// What is there now.
    #[schema(value_type = Object)]
    pub present: Value,
}

/// Something odd about an edit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Odd {
    /// To be listed in `confirm` if it is meant.
    pub code: &'static str,
    pub field: String,
    pub message: String,
}

impl Refusal {
    /// Status, stable code, title and detail.
    pub(crate) fn parts(&self) -> (StatusCode, &'static str, &'static str, String) {
        let detail = self.detail();
        let (status, code, title) = match self {
            Refusal::NoToken => (StatusCode::UNAUTHORIZED, "token_required", "Token required"),
            Refusal::BadToken => (StatusCode::UNAUTHORIZED, "token_invalid", "Token invalid"),
            Refusal::Role { .. } => (StatusCode::FORBIDDEN, "role_required", "Role required"),
            Refusal::TooMany { .. } => (
                StatusCode::TOO_MANY_REQUESTS,
                "rate_limited",
                "Rate limited",
            ),
            Refusal::TooLarge { .. } => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "Body too large",
            ),
            Refusal::MediaType { .. } => (
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported_media_type",
                "Unsupported media type",
            ),
            Refusal::NotFound { .. } => (StatusCode::NOT_FOUND, "not_found", "Not found"),
            Refusal::Stale { .. } => (StatusCode::CONFLICT, "stale_edit", "Stale edit"),
            Refusal::Unconfirmed { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "confirmation_required",
                "Confirmation required",
            ),
            Refusal::Conflict { .. } => (StatusCode::CONFLICT, "conflict", "Conflict"),
            Refusal::KeyReused { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency_key_reused",
                "Idempotency key reused",
            ),
            Refusal::BaseAway => (
                StatusCode::SERVICE_UNAVAILABLE,
                "base_unavailable",
                "Base unavailable",
            ),
            Refusal::BaseFull => (StatusCode::INSUFFICIENT_STORAGE, "base_full", "Base full"),
        };
        (status, code, title, detail)
    }

    fn detail(&self) -> String {
        match self {
            Refusal::NoToken => "expected `Authorization: Bearer TOKEN`, got none".to_owned(),
            Refusal::BadToken => {
                "expected a token that is known, not expired and not revoked, as `Authorization: Bearer TOKEN`".to_owned()
            }
            Refusal::Role { needed, present } => {
                let needed: Vec<&str> = needed.iter().map(|r| r.as_str()).collect();
                format!("expected a token with the role {}, got `{present}`", needed.join(" or "))
            }
            Refusal::TooMany { retry_after_s } => format!("too many requests; try again in {retry_after_s} s"),
            Refusal::TooLarge { limit } => format!("expected a body of at most {limit} bytes"),
            Refusal::MediaType { expected } => format!("expected a body of type `{expected}`"),
            Refusal::NotFound { what } => format!("there is no {what}"),
            Refusal::Stale { fields } => {
                let field = |f: &StaleField| {
                    let (expected, present) = (brief(&f.expected), brief(&f.present));
                    format!("expected `{}` to be `{expected}`, found `{present}`", f.field)
                };
                fields.iter().map(field).collect::<Vec<_>>().join("; ")
            }
            Refusal::Unconfirmed { warnings } => {
                let warning = |w: &Odd| format!("`{}`: {} (`{}`)", w.field, w.message, w.code);
                let all = warnings.iter().map(warning).collect::<Vec<_>>().join("; ");
                format!("{all}; list the codes in `confirm` if this is meant")
            }
            Refusal::Conflict { detail, .. } => detail.clone(),
            Refusal::KeyReused { key } => format!("the key `{key}` was used for another request"),
            Refusal::BaseAway => "the address base cannot be reached; nothing was written, try again".to_owned(),
            Refusal::BaseFull => "the address base has no room left; nothing was written".to_owned(),
        }
    }

    /// Roles that would be let in.
    pub(crate) fn required_roles(&self) -> Option<Vec<String>> {
        match self {
            Refusal::Role { needed, .. } => Some(needed.iter().map(ToString::to_string).collect()),
            _ => None,
        }
    }

    /// What is there instead of what was expected.
    pub(crate) fn present(&self) -> Option<String> {
        match self {
            Refusal::Conflict { present, .. } => Some(present.clone()),
            _ => None,
        }
    }

    /// Fields that are not what the author of an edit saw.
    pub(crate) fn stale_fields(&self) -> Option<Vec<StaleField>> {
        match self {
            Refusal::Stale { fields } => Some(fields.clone()),
            _ => None,
        }
    }

    /// What has to be confirmed.
    pub(crate) fn warnings(&self) -> Option<Vec<Odd>> {
        match self {
            Refusal::Unconfirmed { warnings } => Some(warnings.clone()),
            _ => None,
        }
    }

    /// Adds what belongs into headers.
    pub(crate) fn add_headers(&self, headers: &mut HeaderMap) {
        let mut add = |name: HeaderName, value: HeaderValue| headers.insert(name, value);
        match self {
            Refusal::NoToken => add(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"kudy\""),
            ),
            Refusal::BadToken => add(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"kudy\", error=\"invalid_token\""),
            ),
            Refusal::TooMany { retry_after_s } => add(header::RETRY_AFTER, (*retry_after_s).into()),
            Refusal::BaseAway => add(header::RETRY_AFTER, BASE_RETRY_S.into()),
            _ => None,
        };
    }
}

/// A value as a sentence can hold it.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= MAX_BRIEF_CHARS {
        return text;
    }
    let begin: String = text.chars().take(MAX_BRIEF_CHARS).collect();
    format!("{begin}…")
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> ApiError {
        ApiError::Refused(refusal)
    }
}

/// What the base says, as far as it concerns the client; the rest goes to the log, here and only here.
impl From<BaseError> for ApiError {
    fn from(error: BaseError) -> ApiError {
        let detail = error.to_string();
        match error {
            BaseError::Unavailable(reason) => {
                tracing::warn!(%reason, "the address base is unavailable");
                Refusal::BaseAway.into()
            }
            BaseError::Full(reason) => {
                tracing::error!(%reason, "the address base has no room left");
                Refusal::BaseFull.into()
            }
            BaseError::NotFound { what } => Refusal::NotFound { what }.into(),
            BaseError::Conflict { present, .. } => Refusal::Conflict { detail, present }.into(),
            BaseError::KeyReused(key) => Refusal::KeyReused { key }.into(),
            BaseError::Invalid(detail) => ApiError::invalid("body", detail),
            BaseError::Newer { .. } => {
                tracing::error!(error = %detail, "the address base cannot be used");
                Refusal::BaseAway.into()
            }
            BaseError::Unsupported(_) | BaseError::Internal(_) => {
                tracing::error!(error = %detail, "the address base failed");
                ApiError::Internal
            }
        }
    }
}
