//! `/v1/edits`: what cartographers change.

use super::edit_view::{EditBody, EditList, EditView, EditsParams, render};
use crate::body::{JsonBody, idempotency_key};
use crate::edits::{ComposeError, Composed, Proposal, Warning, approvers, compose};
use crate::error::{ApiError, Problem};
use crate::params;
use crate::people::{Editor, Person, Reader};
use crate::refusal::{Odd, Refusal, StaleField};
use crate::search::View;
use crate::state::AppState;
use axum::Json;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use geodata::PlaceRef;
use geodata::base::{
    Answer, Edit as StoredEdit, EditFilter, EditState, JournalEntry, NewEdit, Request, Subject,
};
use serde_json::json;
use std::collections::BTreeMap;

const DEFAULT_EDITS: usize = 50;
pub(super) const MAX_EDITS: usize = 500;
/// Links to what proves an edit.
const MAX_EVIDENCE: usize = 10;
const MAX_COMMENT_CHARS: usize = 2_000;

/// Proposes an edit.
#[utoipa::path(post, path = "/v1/edits", tag = "cartographers", request_body = EditBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "The same request with the same key is done once")),
    responses((status = 201, body = EditView), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 409, body = Problem, description = "What the author saw is not shown any more"),
        (status = 422, body = Problem, description = "Something odd has to be confirmed")))]
pub(crate) async fn add(
    State(state): State<AppState>,
    editor: Editor,
    headers: HeaderMap,
    JsonBody(body): JsonBody<EditBody>,
) -> Result<Response, ApiError> {
    let content = serde_json::to_string(&body).unwrap_or_default();
    let key = idempotency_key(&headers)?;
    let request = key.as_deref().map(|key| Request {
        person: editor.0.token,
        key,
        content: &content,
    });
    if let Some(request) = &request
        && let Some(answer) = state.base().answer(request).await?
    {
        return Ok(repeat(answer));
    }
    let initial = initial_state(&body, &editor.0)?;
    let author = editor.0.token;
    let edit = state.compute(move |view, _| compose_body(view, body, author));
    let edit = edit.await??;
    let mut write = state.base().write(state.now_ms()).await?;
    let added = write.add_edit(&edit, initial).await?;
    let stored = write.edit(added.id).await?;
    let answer = Answer {
        status: StatusCode::CREATED.as_u16(),
        body: serde_json::to_string(&render(&stored, None)).unwrap_or_default(),
    };
    if let Some(request) = &request {
        write.keep_answer(request, &answer).await?;
    }
    write.commit().await?;
    state.base_changed();
    Ok(repeat(answer))
}

/// An answer as it was given.
pub(super) fn repeat(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    let json = [(header::CONTENT_TYPE, "application/json")];
    (status, json, answer.body).into_response()
}

/// Lists edits.
#[utoipa::path(get, path = "/v1/edits", tag = "cartographers", params(EditsParams),
    responses((status = 200, body = EditList), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn list(
    State(state): State<AppState>,
    _editor: Editor,
    RawQuery(raw): RawQuery,
) -> Result<Json<EditList>, ApiError> {
    let params: EditsParams = params::read(raw.as_deref())?;
    let number = |field, text: Option<String>| {
        let parse = |t: String| {
            let parsed = t.parse::<i64>();
            parsed.map_err(|_e| ApiError::invalid(field, format!("expected a number, got `{t}`")))
        };
        text.map(parse).transpose()
    };
    let stated = params.state.map(|s| s.parse::<EditState>());
    let filter = EditFilter {
        state: stated
            .transpose()
            .map_err(|e| ApiError::invalid("state", e))?,
        target: params.target,
        author: number("author", params.author)?,
        after: number("after", params.after)?,
    };
    let limit = params::limit(params.limit.as_deref(), DEFAULT_EDITS, MAX_EDITS)?;
    let limit = i64::try_from(limit).unwrap_or_default();
    let edits = state.base().edits(&filter, limit).await?;
    let edits = edits.iter().map(|e| render(e, None)).collect();
    Ok(Json(EditList { edits }))
}

/// An edit with its journal.
#[utoipa::path(get, path = "/v1/edits/{id}", tag = "cartographers", params(("id" = i64, Path, description = "The number of an edit")),
    responses((status = 200, body = EditView), (status = 401, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn get(
    State(state): State<AppState>,
    _editor: Editor,
    Path(id): Path<String>,
) -> Result<Json<EditView>, ApiError> {
    let id = edit_number(&id)?;
    shown(&state, id).await.map(Json)
}

/// Conflicts between edits and what the map says now, with all three values.
#[utoipa::path(get, path = "/v1/conflicts", tag = "cartographers",
    responses((status = 200, body = EditList), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub(crate) async fn conflicts(
    State(state): State<AppState>,
    _editor: Editor,
) -> Result<Json<EditList>, ApiError> {
    let filter = EditFilter {
        state: Some(EditState::Conflicted),
        ..EditFilter::default()
    };
    let limit = i64::try_from(MAX_EDITS).unwrap_or_default();
    let mut edits = Vec::new();
    for stored in state.base().edits(&filter, limit).await? {
        let journal = state.base().journal(Subject::Edit(stored.id)).await?;
        let last = journal.into_iter().rev().take(1).collect();
        edits.push(render(&stored, Some(last)));
    }
    Ok(Json(EditList { edits }))
}

/// Everything that was done to a place, the oldest first.
#[utoipa::path(get, path = "/v1/places/{id}/history", tag = "apps", params(("id" = String, Path, description = "The id of a place or house")),
    responses((status = 200, body = EditList), (status = 400, body = Problem), (status = 401, body = Problem), (status = 429, body = Problem)))]
pub(crate) async fn history(
    State(state): State<AppState>,
    _reader: Reader,
    Path(id): Path<String>,
) -> Result<Json<EditList>, ApiError> {
    let place: PlaceRef = id.parse().map_err(|e: String| ApiError::invalid("id", e))?;
    let mut edits: BTreeMap<i64, (StoredEdit, Vec<JournalEntry>)> = BTreeMap::new();
    for change in state.base().history(&place.to_string()).await? {
        let (_, journal) = edits
            .entry(change.edit.id)
            .or_insert((change.edit, Vec::new()));
        journal.push(change.entry);
    }
    let edits = edits
        .into_values()
        .map(|(e, journal)| render(&e, Some(journal)));
    Ok(Json(EditList {
        edits: edits.collect(),
    }))
}

pub(super) fn edit_number(text: &str) -> Result<i64, ApiError> {
    let number = text.parse::<i64>().ok().filter(|n| *n > 0);
    number.ok_or_else(|| {
        ApiError::invalid(
            "id",
            format!("expected the number of an edit, got `{text}`"),
        )
    })
}

/// The state in which an edit begins.
pub(super) fn initial_state(body: &EditBody, person: &Person) -> Result<EditState, ApiError> {
    match body.state.as_deref() {
        None | Some("submitted") => Ok(EditState::Submitted),
        Some("draft") => Ok(EditState::Draft),
        Some("approved") if approvers().contains(&person.role) => Ok(EditState::Approved),
        Some("approved") => Err(Refusal::Role {
            needed: approvers().to_vec(),
            present: person.role,
        }
        .into()),
        Some(other) => Err(ApiError::invalid(
            "state",
            format!("expected one of draft, submitted, approved, got `{other}`"),
        )),
    }
}

/// Checks and completes what was sent, on a thread that may compute.
pub(super) fn compose_body(view: &View, body: EditBody, author: i64) -> Result<NewEdit, ApiError> {
    check_texts(&body)?;
    let proposal = Proposal {
        operation: body.operation,
        target: body.target,
        before: body.before,
        after: body.after,
    };
    let composed = compose(view, &proposal).map_err(|e| refuse(view, e))?;
    let Composed { edit, warnings } = composed;
    let open: Vec<Warning> = warnings
        .into_iter()
        .filter(|w| !body.confirm.iter().any(|c| c == w.code))
        .collect();
    if !open.is_empty() {
        let odd = |w: Warning| Odd {
            code: w.code,
            field: w.field,
            message: w.message,
        };
        let warnings = open.into_iter().map(odd).collect();
        return Err(Refusal::Unconfirmed { warnings }.into());
    }
    Ok(NewEdit {
        operation: edit.operation.to_string(),
        target: edit.target.map(|t| t.to_string()),
        before: json!(edit.before),
        after: json!(edit.after),
        comment: body.comment,
        evidence: body.evidence,
        author,
        key: None,
        snapshot: view.published().manifest().name.clone(),
    })
}

pub(super) fn check_texts(body: &EditBody) -> Result<(), ApiError> {
    let chars = body.comment.chars().count();
    if chars > MAX_COMMENT_CHARS {
        let problem = format!("expected at most {MAX_COMMENT_CHARS} characters, got {chars}");
        return Err(ApiError::invalid("comment", problem));
    }
    if body.evidence.len() > MAX_EVIDENCE {
        let problem = format!(
            "expected at most {MAX_EVIDENCE} links, got {}",
            body.evidence.len()
        );
        return Err(ApiError::invalid("evidence", problem));
    }
    let link = |e: &&String| e.starts_with("https://") || e.starts_with("http://");
    match body.evidence.iter().find(|e| !link(e)) {
        Some(wrong) => Err(ApiError::invalid(
            "evidence",
            format!("expected links that begin with https:// or http://, got `{wrong}`"),
        )),
        None => Ok(()),
    }
}

pub(super) fn refuse(view: &View, error: ComposeError) -> ApiError {
    match error {
        ComposeError::Invalid(error) => ApiError::invalid(&error.field, error.problem),
        ComposeError::Missing(id) => super::places::missing(view, id, id.to_string()),
        ComposeError::Stale(fields) => {
            let field = |s: crate::edits::Stale| StaleField {
                field: s.field,
                expected: s.expected,
                present: s.present,
            };
            let fields = fields.into_iter().map(field).collect();
            Refusal::Stale { fields }.into()
        }
    }
}

pub(super) async fn shown(state: &AppState, id: i64) -> Result<EditView, ApiError> {
    let stored = state.base().edit(id).await?;
    let journal = state.base().journal(Subject::Edit(id)).await?;
    Ok(render(&stored, Some(journal)))
}
