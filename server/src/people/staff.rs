//! Handlers' arguments: who works on the address base.

use super::person::{Person, Reader};
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
/// Who answers for rides.
const DISPATCHERS: [Role; 2] = [Role::Dispatcher, Role::Operator];

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

/// Whoever may search, and may say who they are where that matters.
pub(crate) struct Visitor {
    pub(crate) reader: Reader,
    parts: Parts,
}

impl Visitor {
    /// Somebody who answers for rides.
    ///
    /// # Errors
    /// [`crate::Refusal::NoToken`] without a token, [`crate::Refusal::Role`] with one of another role.
    pub(crate) async fn dispatcher(mut self, state: &AppState) -> Result<Person, ApiError> {
        let person = Person::from_request_parts(&mut self.parts, state).await?;
        person.require(&DISPATCHERS)?;
        Ok(person)
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Visitor, ApiError> {
        let reader = Reader::from_request_parts(parts, state).await?;
        Ok(Visitor {
            reader,
            parts: parts.clone(),
        })
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
