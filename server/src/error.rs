//! What a client is told when something is wrong: RFC 9457 problem details with a stable `code`.

use crate::refusal::Refusal;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The media type of RFC 9457.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// A failed request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiError {
    /// The client's fault: names the field, the value and what is allowed.
    InvalidParameter { field: String, detail: String },
    /// No such route.
    NoRoute,
    /// The route exists, the method does not.
    Method,
    /// No such place.
    NoPlace { id: String },
    /// A place that is no more, and what took its place.
    GonePlace {
        id: String,
        successor: Option<String>,
    },
    /// Has to do with people, writes or the base.
    Refused(Refusal),
    /// Too many searches at once.
    Overloaded,
    /// Our fault; the log knows more.
    Internal,
}

/// A problem body.
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A URI reference that identifies the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    pub title: String,
    pub status: u16,
    pub detail: String,
    /// Stable, for programs.
    pub code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The id of the place that took the place of one that is gone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// The roles that would be let in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_roles: Option<Vec<String>>,
    /// What is there instead of what was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub present: Option<String>,
}

impl ApiError {
    /// A parameter that cannot be used.
    pub fn invalid(field: &str, detail: impl Into<String>) -> ApiError {
        ApiError::InvalidParameter {
            field: field.to_owned(),
            detail: detail.into(),
        }
    }

    fn parts(&self) -> (StatusCode, &'static str, &'static str, String) {
        match self {
            ApiError::InvalidParameter { field, detail } => (
                StatusCode::BAD_REQUEST,
                "invalid_parameter",
                "Invalid parameter",
                format!("`{field}`: {detail}"),
            ),
            ApiError::NoRoute => (
                StatusCode::NOT_FOUND,
                "no_such_route",
                "No such route",
                "see `/openapi.json` for the routes there are".to_owned(),
            ),
            ApiError::Method => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "Method not allowed",
                "see `/openapi.json` for the methods of this route".to_owned(),
            ),
            ApiError::NoPlace { id } => (
                StatusCode::NOT_FOUND,
                "no_such_place",
                "No such place",
                format!("no place has the id `{id}`"),
            ),
            ApiError::GonePlace { id, successor } => (
                StatusCode::GONE,
                "place_gone",
                "Place gone",
                match successor {
                    Some(successor) => {
                        format!("the place `{id}` is no more; `{successor}` took its place")
                    }
                    None => format!("the place `{id}` is no more"),
                },
            ),
            ApiError::Refused(refusal) => refusal.parts(),
            ApiError::Overloaded => (
                StatusCode::SERVICE_UNAVAILABLE,
                "overloaded",
                "Overloaded",
                "too many searches at once; try again in a second".to_owned(),
            ),
            ApiError::Internal => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal_error",
                "Internal error",
                "internal error".to_owned(),
            ),
        }
    }

    fn refusal(&self) -> Option<&Refusal> {
        match self {
            ApiError::Refused(refusal) => Some(refusal),
            _ => None,
        }
    }

    /// The body; where and by which request is filled in on the way out.
    pub fn problem(&self) -> Problem {
        let (status, code, title, detail) = self.parts();
        Problem {
            kind: format!("/problems/{code}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail,
            code: code.to_owned(),
            instance: None,
            request_id: None,
            successor: match self {
                ApiError::GonePlace { successor, .. } => successor.clone(),
                _ => None,
            },
            required_roles: self.refusal().and_then(Refusal::required_roles),
            present: self.refusal().and_then(Refusal::present),
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, ..) = self.parts();
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (status, body).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if self == ApiError::Overloaded {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Some(refusal) = self.refusal() {
            refusal.add_headers(response.headers_mut());
        }
        response.extensions_mut().insert(self);
        response
    }
}
