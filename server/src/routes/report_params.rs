//! Query strings of reports, as received and checked.

use crate::error::ApiError;
use geodata::base::{CaseFilter, CaseState};
use serde::Deserialize;
use utoipa::IntoParams;

/// How the reporter shows that it is one; the header `X-Report-Secret` does too.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SecretParams {
    /// The secret that the report was acknowledged with.
    pub(super) secret: Option<String>,
}

/// Parameters of `/v1/reports`, as received.
#[derive(Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueParams {
    /// Only cases in this state: `new`, `triaged`, `accepted`, `rejected`, `duplicate`, `already_exists`, `published`.
    pub(super) state: Option<String>,
    /// Only cases with a higher id: the `next` of the page before.
    pub(super) after: Option<String>,
    /// How many, 1 to 100. Default 20.
    pub(super) limit: Option<String>,
}

impl QueueParams {
    pub(super) fn check(&self) -> Result<CaseFilter, ApiError> {
        let state = self
            .state
            .as_deref()
            .map(str::parse::<CaseState>)
            .transpose();
        let after = self.after.as_deref().map(|after| {
            let wrong =
                || ApiError::invalid("after", format!("expected the id of a case, got `{after}`"));
            after
                .parse::<i64>()
                .ok()
                .filter(|a| *a >= 0)
                .ok_or_else(wrong)
        });
        Ok(CaseFilter {
            state: state.map_err(|e| ApiError::invalid("state", e))?,
            after: after.transpose()?,
        })
    }
}
