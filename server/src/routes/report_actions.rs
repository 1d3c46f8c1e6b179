//! `/v1/reports/{id}/…`: what a cartographer does with a case. Each is one transaction with a journal entry.

use super::address_reports::read_id;
use super::edit_view::EditBody;
use super::edits::{compose_body, initial_state};
use crate::body::JsonBody;
use crate::error::{ApiError, Problem};
use crate::people::{Cartographer, Person};
use crate::search::describe_shown;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, State};
use geodata::PlaceRef;
use geodata::base::{CaseChange, CaseState, EditState, Role, Write};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

const MAX_REASON_CHARS: usize = 1000;

/// Somebody has looked at a case.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TriageBody {
    /// What was seen, at most 1000 characters.
    comment: Option<String>,
}

/// Why there will be no edit.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectBody {
    /// For the reporter, 1 to 1000 characters.
    reason: String,
    /// The id of the place, when the address was there all along.
    already_exists: Option<String>,
}

/// The case that a case belongs to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeBody {
    /// Its id.
    into: i64,
    /// At most 1000 characters.
    reason: Option<String>,
}

/// Where a case stands now.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseStanding {
    id: i64,
    state: &'static str,
    /// The number of this change.
    changed: i64,
    /// The edit that answers it.
    #[serde(skip_serializing_if = "Option::is_none")]
    edit: Option<i64>,
    /// Where that edit stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    edit_state: Option<&'static str>,
}

/// Somebody has looked at it and will come back.
#[utoipa::path(post, path = "/v1/reports/{id}/triage", tag = "cartographers", security(("token" = [])), params(("id" = i64, Path, description = "The id of the case")), request_body = TriageBody,
    responses((status = 200, body = CaseStanding), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn triage(
    Cartographer(person): Cartographer,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<TriageBody>,
) -> Result<Json<CaseStanding>, ApiError> {
    let reason = reason("comment", body.comment.as_deref(), 0)?;
    let mut write = state.base().write(state.now_ms()).await?;
    let change = change(&id, CaseState::Triaged, &person, reason)?;
    let changed = write.change_case(&change).await?;
    finish(write, &change, changed).await
}

/// Create the edit that answers it; a reviewer's is in force at once unless it says otherwise.
#[utoipa::path(post, path = "/v1/reports/{id}/accept", tag = "cartographers", security(("token" = [])), params(("id" = i64, Path, description = "The id of the case")), request_body = EditBody,
    responses((status = 200, body = CaseStanding), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn accept(
    Cartographer(person): Cartographer,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<EditBody>,
) -> Result<Json<CaseStanding>, ApiError> {
    let edit_state = match (&body.state, person.role) {
        (None, Role::Reviewer | Role::Operator) => EditState::Approved,
        _ => initial_state(&body, &person)?,
    };
    let comment = body.comment.clone();
    let mut case = change(&id, CaseState::Accepted, &person, &comment)?;
    let author = person.token;
    let edit = state.compute(move |view, _| compose_body(view, body, author));
    let edit = edit.await??;
    let mut write = state.base().write(state.now_ms()).await?;
    let added = write.add_edit(&edit, edit_state).await?;
    case.edit = Some(added.id);
    let changed = write.change_case(&case).await?;
    let Json(mut standing) = finish(write, &case, changed).await?;
    standing.edit_state = Some(edit_state.as_str());
    state.base_changed();
    Ok(Json(standing))
}

/// Answer it without an edit: it is wrong, or was there already.
#[utoipa::path(post, path = "/v1/reports/{id}/reject", tag = "cartographers", security(("token" = [])), params(("id" = i64, Path, description = "The id of the case")), request_body = RejectBody,
    responses((status = 200, body = CaseStanding), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn reject(
    Cartographer(person): Cartographer,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<RejectBody>,
) -> Result<Json<CaseStanding>, ApiError> {
    let reason = reason("reason", Some(&body.reason), 1)?;
    let to = match &body.already_exists {
        Some(place) => {
            check_place(&state, place).await?;
            CaseState::AlreadyExists
        }
        None => CaseState::Rejected,
    };
    let mut write = state.base().write(state.now_ms()).await?;
    let change = CaseChange {
        place: body.already_exists.as_deref(),
        ..change(&id, to, &person, reason)?
    };
    let changed = write.change_case(&change).await?;
    finish(write, &change, changed).await
}

/// Join it with another case.
#[utoipa::path(post, path = "/v1/reports/{id}/merge", tag = "cartographers", security(("token" = [])), params(("id" = i64, Path, description = "The id of the case")), request_body = MergeBody,
    responses((status = 200, body = CaseStanding), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)))]
pub(crate) async fn merge(
    Cartographer(person): Cartographer,
    State(state): State<AppState>,
    Path(id): Path<String>,
    JsonBody(body): JsonBody<MergeBody>,
) -> Result<Json<CaseStanding>, ApiError> {
    let reason = reason("reason", body.reason.as_deref(), 0)?;
    let mut write = state.base().write(state.now_ms()).await?;
    let change = change(&id, CaseState::Duplicate, &person, reason)?;
    let changed = write.merge_case(&change, body.into).await?;
    finish(write, &change, changed).await
}

fn change<'a>(
    id: &str,
    to: CaseState,
    person: &Person,
    reason: &'a str,
) -> Result<CaseChange<'a>, ApiError> {
    Ok(CaseChange {
        id: read_id(id)?,
        to,
        who: Some(person.token),
        reason,
        edit: None,
        place: None,
    })
}

async fn finish(
    write: Write,
    change: &CaseChange<'_>,
    changed: i64,
) -> Result<Json<CaseStanding>, ApiError> {
    write.commit().await?;
    Ok(Json(CaseStanding {
        id: change.id,
        state: change.to.as_str(),
        changed,
        edit: change.edit,
        edit_state: None,
    }))
}

fn reason<'a>(field: &str, text: Option<&'a str>, least: usize) -> Result<&'a str, ApiError> {
    let text = text.unwrap_or_default().trim();
    let chars = text.chars().count();
    if (least..=MAX_REASON_CHARS).contains(&chars) {
        return Ok(text);
    }
    let detail = format!("expected {least} to {MAX_REASON_CHARS} characters, got {chars}");
    Err(ApiError::invalid(field, detail))
}

/// Refuses an id that leads nowhere: the reporter will follow it.
async fn check_place(state: &AppState, id: &str) -> Result<(), ApiError> {
    let reference: PlaceRef = id
        .parse()
        .map_err(|e: String| ApiError::invalid("already_exists", e))?;
    let known = state.compute(move |view, _| describe_shown(view, reference, &[]).is_some());
    if known.await? {
        return Ok(());
    }
    Err(ApiError::invalid(
        "already_exists",
        format!("no place has the id `{id}`"),
    ))
}
