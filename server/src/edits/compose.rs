//! What was sent → an edit that can be stored.
//!
//! The author may say what was seen (`before`); what is not said is taken from what is shown now. A street that gets
//! another name keeps the old one as `old_name`, and its names in other languages that were the same follow. What is new
//! gets the smallest area around it as the place it lies `within`, so that the nightly run need not guess.

use super::rules::{Warning, judge};
use crate::search::View;
use geodata::edits::{Edit, EditError, Fields, Operation, Workbench, same_value};
use geodata::snapshot::Thaw;
use geodata::{Layer, LonLat, PlaceRef};
use serde_json::Value;

/// What somebody proposes.
#[derive(Debug, Clone, Default)]
pub struct Proposal {
    pub operation: String,
    pub target: Option<String>,
    /// What its author saw.
    pub before: Value,
    /// What it shall be.
    pub after: Value,
}

/// A proposal that makes sense.
#[derive(Debug, Clone)]
pub struct Composed {
    pub edit: Edit,
    /// What is odd about it and has to be confirmed.
    pub warnings: Vec<Warning>,
}

/// A field that is not what the author saw.
#[derive(Debug, Clone, PartialEq)]
pub struct Stale {
    pub field: String,
    pub expected: Value,
    pub present: Value,
}

/// Why a proposal cannot be stored.
#[derive(Debug, Clone, PartialEq)]
pub enum ComposeError {
    Invalid(EditError),
    /// There is no such place.
    Missing(PlaceRef),
    /// The author saw something else.
    Stale(Vec<Stale>),
}

impl From<EditError> for ComposeError {
    fn from(error: EditError) -> ComposeError {
        ComposeError::Invalid(error)
    }
}

/// Checks and completes a proposal by what is shown now.
///
/// # Errors
/// As [`ComposeError`].
pub fn compose(view: &View, proposal: &Proposal) -> Result<Composed, ComposeError> {
    let operation = (proposal.operation.as_str(), proposal.target.as_deref());
    let mut edit = Edit::read(0, operation, &proposal.before, &proposal.after)?;
    for place in edit.places() {
        if view.find(place).is_none() {
            return Err(ComposeError::Missing(PlaceRef::whole(place)));
        }
    }
    let shown = match edit.target {
        Some(target) => shown_fields(view, target).ok_or(ComposeError::Missing(target))?,
        None => Fields::new(),
    };
    let stale = stale_fields(&edit.before, &shown);
    if !stale.is_empty() {
        return Err(ComposeError::Stale(stale));
    }
    complete(&mut edit, &shown, view);
    let warnings = judge(view, &edit)?;
    Ok(Composed { edit, warnings })
}

/// Whether what an edit's author saw is not shown any more.
pub fn is_stale(view: &View, edit: &Edit) -> Result<(), ComposeError> {
    let Some(target) = edit.target else {
        return Ok(());
    };
    let shown = shown_fields(view, target).ok_or(ComposeError::Missing(target))?;
    let stale = stale_fields(&edit.before, &shown);
    if stale.is_empty() {
        Ok(())
    } else {
        Err(ComposeError::Stale(stale))
    }
}

/// All fields of what is shown under an id.
pub fn shown_fields(view: &View, id: PlaceRef) -> Option<Fields> {
    let (part, doc) = view.find(id.place)?;
    let mut thaw = Thaw::default();
    thaw.place(view.snapshot(part), doc);
    let (mut drafts, _) = thaw.finish();
    Workbench::new(&mut drafts).fields(id).ok()
}

fn stale_fields(before: &Fields, shown: &Fields) -> Vec<Stale> {
    let differs = |(field, expected): (&String, &Value)| {
        let present = shown.get(field).unwrap_or(&Value::Null);
        (!same_value(expected, present)).then(|| Stale {
            field: field.clone(),
            expected: expected.clone(),
            present: present.clone(),
        })
    };
    before.iter().filter_map(differs).collect()
}

fn complete(edit: &mut Edit, shown: &Fields, view: &View) {
    if edit.operation == Operation::SetNames {
        keep_old_name(edit, shown);
    }
    if edit.operation.sets_fields() {
        for field in edit.after.keys() {
            let seen = || shown.get(field).cloned().unwrap_or(Value::Null);
            edit.before.entry(field.clone()).or_insert_with(seen);
        }
    }
    // What is taken away is kept in the edit, as far as fields tell.
    if edit.operation.removes() {
        edit.before = shown.clone();
    }
    let alone = matches!(
        edit.operation,
        Operation::CreatePlace | Operation::CreateStreet
    );
    if alone && !edit.after.contains_key("within") {
        let lines = edit.lines();
        let line = lines.first().and_then(|l| l.first()).copied();
        let house = edit.new_houses().first().map(|h| h.point);
        if let Some(area) = edit
            .position()
            .or(line)
            .or(house)
            .and_then(|p| area_at(view, p))
        {
            edit.after.insert("within".to_owned(), Value::String(area));
        }
    }
}

/// A place that is renamed is still found by its old name.
fn keep_old_name(edit: &mut Edit, shown: &Fields) {
    let Some(old) = shown.get("name").and_then(Value::as_str) else {
        return;
    };
    let Some(new) = edit.after.get("name").cloned().filter(|new| new != old) else {
        return;
    };
    for (field, name) in shown.iter().filter(|(field, _)| field.starts_with("name:")) {
        if name == old {
            edit.after
                .entry(field.clone())
                .or_insert_with(|| new.clone());
        }
    }
    let known = shown
        .get("old_name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !edit.after.contains_key("old_name") && !known.split(';').any(|name| name == old) {
        let names = [old, known].into_iter().filter(|n| !n.is_empty());
        let names = names.collect::<Vec<_>>().join(";");
        edit.after
            .insert("old_name".to_owned(), Value::String(names));
    }
}

/// The id of the smallest district or settlement around a point; of settlements without a boundary none is told.
fn area_at(view: &View, point: LonLat) -> Option<String> {
    let snapshot = view.published();
    let around = snapshot.shapes().containing(point).into_iter();
    let small = around.filter(|doc| {
        let layer = snapshot.layer(*doc);
        layer.is_settlement() || layer == Layer::District
    });
    let smallest = small.min_by_key(|doc| snapshot.place(*doc).radius_m)?;
    Some(snapshot.place(smallest).id.to_string())
}
