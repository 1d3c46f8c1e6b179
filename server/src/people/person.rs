//! Handlers' arguments: who asks.

use super::access::PublicReads;
use super::address::client_address;
use super::limits::Asker;
use super::secret::is_secret;
use crate::error::ApiError;
use crate::refusal::Refusal;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use geodata::base::{Role, Token};

/// Where the secret of a report may stand beside the query string, which proxies may log.
const REPORT_SECRET: &str = "x-report-secret";

/// Somebody with a valid token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The id of the token: what writes are attributed to.
    pub token: i64,
    pub name: String,
    pub role: Role,
}

/// Whoever may search: everybody, or somebody with a valid token.
#[derive(Debug)]
pub(crate) struct Reader {
    /// The headers of the request: they name languages.
    pub(crate) headers: HeaderMap,
}

/// Whoever reports an address: everybody, but not often.
#[derive(Debug)]
pub(crate) struct Reporter;

/// Somebody who works through reports. An argument of its own, so that the role is looked at before the body is.
#[derive(Debug)]
pub(crate) struct Cartographer(pub(crate) Person);

/// Whoever comes with the secret of a report.
pub(crate) struct Follower {
    /// The secret, where it came as a header.
    pub(crate) secret: Option<String>,
}

impl Person {
    /// Lets only these roles pass.
    ///
    /// # Errors
    /// [`Refusal::Role`], a 403 that names them.
    pub fn require(&self, roles: &[Role]) -> Result<(), ApiError> {
        if roles.contains(&self.role) {
            return Ok(());
        }
        Err(Refusal::Role {
            needed: roles.to_vec(),
            present: self.role,
        }
        .into())
    }
}

impl From<Token> for Person {
    fn from(token: Token) -> Person {
        Person {
            token: token.id,
            name: token.name,
            role: token.role,
        }
    }
}

impl FromRequestParts<AppState> for Person {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Person, ApiError> {
        let secret = bearer(parts)?.ok_or(Refusal::NoToken)?;
        let gate = state.gate();
        let found = if is_secret(secret) {
            gate.find(state.base(), secret, state.now_ms()).await?
        } else {
            None
        };
        let Some(token) = found else {
            gate.count_forged(client_address(parts, gate.access.trusted_proxies))?;
            return Err(Refusal::BadToken.into());
        };
        gate.writes.count(Asker::Token(token.id))?;
        Ok(token.into())
    }
}

impl FromRequestParts<AppState> for Cartographer {
    type Rejection = ApiError;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &AppState,
    ) -> Result<Cartographer, ApiError> {
        let person = Person::from_request_parts(parts, state).await?;
        person.require(&[Role::Cartographer, Role::Reviewer, Role::Operator])?;
        Ok(Cartographer(person))
    }
}

impl FromRequestParts<AppState> for Reader {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Reader, ApiError> {
        let gate = state.gate();
        let secret = bearer(parts)?;
        let address = client_address(parts, gate.access.trusted_proxies);
        let asker = match secret {
            Some(secret) => {
                let found = if is_secret(secret) {
                    gate.find_to_read(state.base(), secret, state.now_ms())
                        .await?
                } else {
                    None
                };
                let Some(token) = found else {
                    gate.count_forged(address)?;
                    return Err(Refusal::BadToken.into());
                };
                Asker::Token(token.id)
            }
            None if gate.access.public_reads == PublicReads::Token => {
                return Err(Refusal::NoToken.into());
            }
            None => Asker::Address(address),
        };
        gate.reads.count(asker)?;
        Ok(Reader {
            headers: parts.headers.clone(),
        })
    }
}

impl FromRequestParts<AppState> for Reporter {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Reporter, ApiError> {
        let gate = state.gate();
        let address = client_address(parts, gate.access.trusted_proxies);
        gate.reports.count(Asker::Address(address))?;
        Ok(Reporter)
    }
}

impl FromRequestParts<AppState> for Follower {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Follower, ApiError> {
        let gate = state.gate();
        let address = client_address(parts, gate.access.trusted_proxies);
        gate.follows.count(Asker::Address(address))?;
        let secret = parts
            .headers
            .get(REPORT_SECRET)
            .and_then(|h| h.to_str().ok());
        Ok(Follower {
            secret: secret.map(str::to_owned),
        })
    }
}

/// The secret of `Authorization: Bearer …`; another kind of authorization is a mistake to tell of.
fn bearer(parts: &Parts) -> Result<Option<&str>, ApiError> {
    let Some(header) = parts.headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let text = header.to_str().unwrap_or_default();
    let (scheme, secret) = text.split_once(' ').unwrap_or((text, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(Refusal::BadToken.into());
    }
    Ok(Some(secret.trim()))
}
