//! Edits as clients send and see them.

use geodata::base::{Edit as StoredEdit, JournalEntry};
use geodata::edits::Edit;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use utoipa::{IntoParams, ToSchema};

/// An edit as it is proposed.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditBody {
    /// `create_houses`, `set_names`, `move` …
    pub(super) operation: String,
    /// The id of the place or house that it is about; none where something new is made.
    pub(super) target: Option<String>,
    /// What its author saw of the fields that change; what is left out is taken from what is shown now.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) before: Value,
    /// The fields and their new values.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub(super) after: Value,
    #[serde(default)]
    pub(super) comment: String,
    /// Links to photographs and documents.
    #[serde(default)]
    pub(super) evidence: Vec<String>,
    /// `draft`, `submitted` (default) or, by whoever may approve it, `approved`.
    pub(super) state: Option<String>,
    /// Codes of the warnings that are known and meant.
    #[serde(default)]
    pub(super) confirm: Vec<String>,
}

/// Why a step is taken.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StepBody {
    #[serde(default)]
    pub(super) why: String,
    /// With `resolve`: `ours` keeps the edit, `theirs` takes it back.
    pub(super) keep: Option<String>,
}

/// Which edits are listed.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct EditsParams {
    /// `draft`, `submitted`, `approved`, `absorbed`, `rejected`, `reverted` or `conflicted`.
    pub(super) state: Option<String>,
    /// The id of a place or house.
    pub(super) target: Option<String>,
    /// The number of a token.
    pub(super) author: Option<String>,
    /// Only edits with larger numbers.
    pub(super) after: Option<String>,
    pub(super) limit: Option<String>,
}

/// An edit and where it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct EditView {
    pub(crate) id: i64,
    operation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<String>,
    #[schema(value_type = Object)]
    before: Value,
    #[schema(value_type = Object)]
    after: Value,
    comment: String,
    evidence: Vec<String>,
    /// The number of its author's token.
    author: i64,
    /// RFC 3339 UTC.
    created_at: String,
    state: &'static str,
    /// The id of what it creates.
    #[serde(skip_serializing_if = "Option::is_none")]
    creates: Option<String>,
    /// Every change of its state.
    #[serde(skip_serializing_if = "Option::is_none")]
    journal: Option<Vec<JournalView>>,
}

/// A change of state.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct JournalView {
    /// Its number in the change feed.
    number: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<String>,
    to: String,
    /// The number of a token; none for the nightly run.
    #[serde(skip_serializing_if = "Option::is_none")]
    who: Option<i64>,
    at: String,
    why: String,
    /// Of a conflict: each field with what it was (`base`), what the map says now (`theirs`) and what the edit wants
    /// (`ours`).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    detail: Option<Value>,
}

/// Edits, the oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EditList {
    pub(super) edits: Vec<EditView>,
}

pub(crate) fn render(stored: &StoredEdit, journal: Option<Vec<JournalEntry>>) -> EditView {
    let said = &stored.said;
    let number = u32::try_from(stored.id).unwrap_or_default();
    let operation = (said.operation.as_str(), said.target.as_deref());
    let edit = Edit::read(number, operation, &said.before, &said.after).ok();
    let entry = |e: JournalEntry| JournalView {
        number: e.number,
        from: e.from,
        to: e.to,
        who: e.who,
        at: timestamp(e.at_ms),
        why: e.why,
        detail: e.detail,
    };
    EditView {
        id: stored.id,
        operation: said.operation.clone(),
        target: said.target.clone(),
        before: said.before.clone(),
        after: said.after.clone(),
        comment: said.comment.clone(),
        evidence: said.evidence.clone(),
        author: said.author,
        created_at: timestamp(stored.created_ms),
        state: stored.state.as_str(),
        creates: edit.and_then(|e| e.created_id()).map(|id| id.to_string()),
        journal: journal.map(|j| j.into_iter().map(entry).collect()),
    }
}

/// Milliseconds since 1970 as RFC 3339 UTC.
fn timestamp(ms: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(ms) * 1_000_000);
    let text = time.ok().and_then(|t| t.format(&Rfc3339).ok());
    text.unwrap_or_default()
}
