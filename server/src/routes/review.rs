//! `/v1/edits/{id}/…`: from state to state.

use super::edit_view::{EditView, StepBody};
use super::edits::{MAX_EDITS, edit_number, refuse, shown};
use crate::body::JsonBody;
use crate::edits::{Step, approvers, is_stale, superseded_by};
use crate::error::{ApiError, Problem};
use crate::people::{Editor, Person, Reviewer};
use crate::refusal::Refusal;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use geodata::base::{Edit as StoredEdit, EditFilter, EditState, StateChange, Subject};
use geodata::edits::Edit;
use serde_json::{Value, json};

/// Submits a draft, or a rejected edit once more.
#[utoipa::path(post, path = "/v1/edits/{id}/submit", tag = "cartographers", request_body = StepBody,
    params(("id" = i64, Path, description = "The number of an edit")),
    responses((status = 200, body = EditView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "It is not in a state for this, or not as it was")))]
pub(crate) async fn submit(
    State(state): State<AppState>,
    editor: Editor,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<StepBody>,
) -> Result<Json<EditView>, ApiError> {
    take(&state, &editor.0, (&id, Step::Submit), &body).await
}

/// Approves an edit: it is searchable within a second.
#[utoipa::path(post, path = "/v1/edits/{id}/approve", tag = "cartographers", request_body = StepBody,
    params(("id" = i64, Path, description = "The number of an edit")),
    responses((status = 200, body = EditView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "It is not in a state for this, or not as it was")))]
pub(crate) async fn approve(
    State(state): State<AppState>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<StepBody>,
) -> Result<Json<EditView>, ApiError> {
    take(&state, &reviewer.0, (&id, Step::Approve), &body).await
}

/// Rejects an edit.
#[utoipa::path(post, path = "/v1/edits/{id}/reject", tag = "cartographers", request_body = StepBody,
    params(("id" = i64, Path, description = "The number of an edit")),
    responses((status = 200, body = EditView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "It is not in a state for this, or not as it was")))]
pub(crate) async fn reject(
    State(state): State<AppState>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<StepBody>,
) -> Result<Json<EditView>, ApiError> {
    take(&state, &reviewer.0, (&id, Step::Reject), &body).await
}

/// Takes an edit that is in force back.
#[utoipa::path(post, path = "/v1/edits/{id}/revert", tag = "cartographers", request_body = StepBody,
    params(("id" = i64, Path, description = "The number of an edit")),
    responses((status = 200, body = EditView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "It is not in a state for this, or not as it was")))]
pub(crate) async fn revert(
    State(state): State<AppState>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<StepBody>,
) -> Result<Json<EditView>, ApiError> {
    take(&state, &reviewer.0, (&id, Step::Revert), &body).await
}

/// Decides about a conflict: `keep` is `ours` or `theirs`.
#[utoipa::path(post, path = "/v1/edits/{id}/resolve", tag = "cartographers", request_body = StepBody,
    params(("id" = i64, Path, description = "The number of an edit")),
    responses((status = 200, body = EditView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "It is not in a state for this, or not as it was")))]
pub(crate) async fn resolve(
    State(state): State<AppState>,
    reviewer: Reviewer,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<StepBody>,
) -> Result<Json<EditView>, ApiError> {
    take(&state, &reviewer.0, (&id, Step::Resolve), &body).await
}

/// Takes a step with an edit.
async fn take(
    state: &AppState,
    person: &Person,
    (id, step): (&str, Step),
    body: &StepBody,
) -> Result<Json<EditView>, ApiError> {
    let stored = state.base().edit(edit_number(id)?).await?;
    if !step.allows(person.role, stored.said.author == person.token) {
        return Err(Refusal::Role {
            needed: approvers().to_vec(),
            present: person.role,
        }
        .into());
    }
    let (to, detail) = match step {
        Step::Submit => (EditState::Submitted, None),
        Step::Approve => {
            still_true(state, &stored).await?;
            (EditState::Approved, None)
        }
        Step::Reject => (EditState::Rejected, None),
        Step::Revert => {
            nothing_builds_on(state, &stored).await?;
            (EditState::Reverted, None)
        }
        Step::Resolve => resolution(state, &stored, body.keep.as_deref()).await?,
    };
    let change = StateChange {
        id: stored.id,
        expected: step.from(),
        to,
        who: Some(person.token),
        why: &body.why,
        detail,
    };
    state.base().change_edit(&change, state.now_ms()).await?;
    state.base_changed();
    shown(state, stored.id).await.map(Json)
}

/// What its author saw is still shown: between the proposal and its approval others may have been faster.
async fn still_true(state: &AppState, stored: &StoredEdit) -> Result<(), ApiError> {
    let said = stored.said.clone();
    let checked = state.compute(move |view, _| {
        let operation = (said.operation.as_str(), said.target.as_deref());
        let edit = Edit::read(0, operation, &said.before, &said.after)
            .map_err(|e| ApiError::invalid(&e.field, e.problem))?;
        is_stale(view, &edit).map_err(|e| refuse(view, e))
    });
    checked.await?
}

async fn nothing_builds_on(state: &AppState, stored: &StoredEdit) -> Result<(), ApiError> {
    let Some(target) = stored.said.target.clone() else {
        return Ok(());
    };
    let filter = EditFilter {
        target: Some(target),
        after: Some(0),
        ..EditFilter::default()
    };
    let limit = i64::try_from(MAX_EDITS).unwrap_or_default();
    let others = state.base().edits(&filter, limit).await?;
    match superseded_by(stored, &others) {
        Some(later) => Err(Refusal::Conflict {
            detail: format!(
                "edit {} builds on edit {}: revert it first",
                later.id, stored.id
            ),
            present: later.state.to_string(),
        }
        .into()),
        None => Ok(()),
    }
}

/// What somebody decided about a conflict. Keeping the edit remembers what the map says, so that the same is not asked
/// again.
async fn resolution(
    state: &AppState,
    stored: &StoredEdit,
    keep: Option<&str>,
) -> Result<(EditState, Option<Value>), ApiError> {
    let journal = state.base().journal(Subject::Edit(stored.id)).await?;
    let detail = journal.into_iter().rev().find_map(|entry| entry.detail);
    let fields = detail.as_ref().and_then(|d| d.get("fields")?.as_array());
    let decided: serde_json::Map<String, Value> = fields
        .into_iter()
        .flatten()
        .filter_map(|f| {
            Some((
                f.get("field")?.as_str()?.to_owned(),
                f.get("theirs")?.clone(),
            ))
        })
        .collect();
    match keep {
        Some("ours") => Ok((EditState::Approved, Some(json!({ "decided": decided })))),
        Some("theirs") => Ok((EditState::Reverted, Some(json!({ "theirs": decided })))),
        other => Err(ApiError::invalid(
            "keep",
            format!(
                "expected `ours` or `theirs`, got {}",
                other.map_or("none".to_owned(), |o| format!("`{o}`"))
            ),
        )),
    }
}
