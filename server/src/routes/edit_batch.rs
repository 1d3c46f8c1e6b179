//! `/v1/edits:batch`: many edits at once, one JSON object per line, all of them or none.

use super::edit_view::EditBody;
use super::edits::{compose_body, initial_state, repeat};
use crate::body::idempotency_key;
use crate::error::{ApiError, Problem};
use crate::people::Editor;
use crate::refusal::Refusal;
use crate::search::View;
use crate::state::AppState;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use geodata::base::{Answer, EditState, NewEdit, Request};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// The largest batch, in bytes.
pub(crate) const MAX_BATCH_BYTES: usize = 8 * 1024 * 1024;
/// The most edits in one.
const MAX_BATCH_EDITS: usize = 5_000;

/// What a batch did.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BatchReport {
    /// The numbers of the edits, in the order of the lines; none when a line was refused.
    edits: Vec<i64>,
    /// Lines that were refused: then nothing was stored.
    refused: Vec<RefusedLine>,
}

/// A line that was refused.
#[derive(Debug, Serialize, ToSchema)]
struct RefusedLine {
    /// Counted from 1.
    line: usize,
    #[schema(value_type = Object)]
    problem: Value,
}

/// Stores many edits: each line is judged by what is shown before the batch, and when one is refused none is stored.
#[utoipa::path(post, path = "/v1/edits:batch", tag = "cartographers",
    request_body(content = String, content_type = "application/x-ndjson", description = "An edit per line"),
    params(("Idempotency-Key" = String, Header, description = "The same batch with the same key is stored once")),
    responses((status = 201, body = BatchReport), (status = 400, body = Problem), (status = 401, body = Problem), (status = 403, body = Problem),
        (status = 413, body = Problem), (status = 422, body = BatchReport, description = "A line was refused, and nothing stored")))]
pub(crate) async fn add_many(
    State(state): State<AppState>,
    editor: Editor,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, ApiError> {
    let Some(key) = idempotency_key(&headers)? else {
        let problem = "expected a key, so that the batch can be repeated safely; found none";
        return Err(ApiError::invalid("Idempotency-Key", problem.to_owned()));
    };
    let text = read(body)?;
    let content = format!("POST /v1/edits:batch\n{text}");
    let person = editor.0.token;
    let request = Request {
        person,
        key: &key,
        content: &content,
    };
    if let Some(answer) = state.base().answer(&request).await? {
        return Ok(repeat(answer));
    }
    let lines = text.clone();
    let composed = state.compute(move |view, _| compose_lines(view, &lines, &editor));
    let edits = match composed.await? {
        Ok(edits) => edits,
        Err(refused) => {
            let report = BatchReport {
                edits: Vec::new(),
                refused,
            };
            let json = [(header::CONTENT_TYPE, "application/json")];
            let body = serde_json::to_string(&report).unwrap_or_default();
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, json, body).into_response());
        }
    };
    let mut write = state.base().write(state.now_ms()).await?;
    let mut added = Vec::with_capacity(edits.len());
    for (edit, initial) in &edits {
        added.push(write.add_edit(edit, *initial).await?.id);
    }
    let report = BatchReport {
        edits: added,
        refused: Vec::new(),
    };
    let answer = Answer {
        status: StatusCode::CREATED.as_u16(),
        body: serde_json::to_string(&report).unwrap_or_default(),
    };
    write.keep_answer(&request, &answer).await?;
    write.commit().await?;
    state.base_changed();
    Ok(repeat(answer))
}

fn read(body: Result<Bytes, BytesRejection>) -> Result<String, ApiError> {
    let limit = MAX_BATCH_BYTES;
    let bytes = body.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::from(Refusal::TooLarge { limit }),
        _ => ApiError::invalid("body", rejection.body_text()),
    })?;
    let text = String::from_utf8(bytes.to_vec());
    let text = text.map_err(|e| ApiError::invalid("body", format!("expected UTF-8: {e}")))?;
    match text.lines().filter(|l| !l.trim().is_empty()).count() {
        1..=MAX_BATCH_EDITS => Ok(text),
        n => Err(ApiError::invalid(
            "body",
            format!("expected 1 to {MAX_BATCH_EDITS} lines, each an edit as JSON, got {n}"),
        )),
    }
}

fn compose_lines(
    view: &View,
    text: &str,
    editor: &Editor,
) -> Result<Vec<(NewEdit, EditState)>, Vec<RefusedLine>> {
    let (mut edits, mut refused) = (Vec::new(), Vec::new());
    let lines = text.lines().zip(1..).filter(|(l, _)| !l.trim().is_empty());
    for (text, line) in lines {
        match compose_line(view, text, editor) {
            Ok(edit) => edits.push(edit),
            Err(error) => refused.push(RefusedLine {
                line,
                problem: serde_json::to_value(error.problem()).unwrap_or_default(),
            }),
        }
    }
    if refused.is_empty() {
        Ok(edits)
    } else {
        Err(refused)
    }
}

fn compose_line(
    view: &View,
    text: &str,
    editor: &Editor,
) -> Result<(NewEdit, EditState), ApiError> {
    let body: EditBody =
        serde_json::from_str(text).map_err(|e| ApiError::invalid("line", e.to_string()))?;
    let initial = initial_state(&body, &editor.0)?;
    Ok((compose_body(view, body, editor.0.token)?, initial))
}
