//! Handlers' arguments: who works on the address base.

use super::person::Person;
use crate::error::ApiError;
use crate::state::AppState;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use geodata::base::Role;

/// Who works on the address base.
const EDITORS: [Role; 4] = [
    Role::Cartographer,
    Role::Reviewer,
    Role::Importer,
    Role::Operator,
];
/// Who reviews what others did.
const REVIEWERS: [Role; 3] = [Role::Cartographer, Role::Reviewer, Role::Operator];

/// Somebody who works on the address base.
pub(crate) struct Editor(pub(crate) Person);

/// Somebody who reviews what others did.
pub(crate) struct Reviewer(pub(crate) Person);

/// Somebody who runs the service, and draws zones.
pub(crate) struct Operator(pub(crate) Person);

impl FromRequestParts<AppState> for Operator {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Operator, ApiError> {
        let person = Person::from_request_parts(parts, state).await?;
        person.require(&[Role::Operator])?;
        Ok(Operator(person))
    }
}

impl FromRequestParts<AppState> for Editor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Editor, ApiError> {
        let person = Person::from_request_parts(parts, state).await?;
        person.require(&EDITORS)?;
        Ok(Editor(person))
    }
}

impl FromRequestParts<AppState> for Reviewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Reviewer, ApiError> {
        let person = Person::from_request_parts(parts, state).await?;
        person.require(&REVIEWERS)?;
        Ok(Reviewer(person))
    }
}
