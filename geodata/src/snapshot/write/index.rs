//! Places → Tantivy documents, one segment, in the order of the tables.

use super::WriteError;
use super::analyze::Word;
use super::index_folder::IndexFolder;
use super::shared::{NameList, NameLists};
use super::terms::Terms;
use crate::draft::{Draft, Drafts};
use crate::snapshot::schema::{Fields, layer_term, schema};
use crate::snapshot::{AREA_KEY_LAYERS, Cells, MAX_PREFIX_CHARS, Role};
use crate::{Layer, NameKind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use tantivy::Index;

/// Memory for the postings of a document. Only what is needed is taken, but for a table of terms: it begins with a third of
/// all, up to 4 MB, which a few edited places would have to clear with each edit.
const BUDGET_BYTES_EACH: usize = 2_000;
/// Memory that there is for the fewest documents.
const MIN_BUDGET_BYTES: usize = 1 << 20;
/// Documents that are handed over at once.
const BATCH: usize = 4_096;
/// Batches that wait to be added.
const AHEAD: usize = 4;
/// A street is found in at most so many cells of each size.
const MAX_CELLS: usize = 64;

/// Writes the index.
pub(super) fn write(
    drafts: &Drafts,
    order: &[u32],
    names: Arc<NameLists<'_>>,
    folder: &Path,
) -> Result<(), WriteError> {
    let failed = |source| WriteError::Index {
        path: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(|source| WriteError::Io {
        path: folder.to_owned(),
        source,
    })?;
    let (schema, fields) = schema();
    let directory = IndexFolder::open(folder).map_err(|e| failed(e.into()))?;
    let budget = MIN_BUDGET_BYTES.max(order.len() * BUDGET_BYTES_EACH);
    let builder = Index::builder().schema(schema);
    let mut writer = builder
        .single_segment_index_writer(directory, budget)
        .map_err(failed)?;
    let mut doc_of = vec![0_u64; order.len()];
    for (doc, n) in (0_u64..).zip(order) {
        doc_of[*n as usize] = doc;
    }
    let document = move |(doc, n): (usize, &u32)| {
        let draft = &drafts.places[*n as usize];
        let mut document = Terms::default();
        add_words(&mut document, fields, names.get(doc));
        for cell in cells(draft) {
            document.add_number(fields.cell, cell);
        }
        for parent in &draft.parents {
            document.add_number(fields.parent, doc_of[*parent as usize]);
        }
        document.add_number(fields.layer, layer_term(draft.layer));
        if let Some(category) = &draft.category {
            document.add_text(fields.category, category);
        }
        document
    };
    // One thread can add documents, and what else there is to do takes the other cores: a third of the work goes to a
    // thread of its own, so that whatever core is free gets on with it.
    std::thread::scope(|scope| {
        let (sender, receiver) = sync_channel(AHEAD);
        scope.spawn(move || {
            for (batch, first) in order.chunks(BATCH).zip((0..).step_by(BATCH)) {
                let numbered = (first..).zip(batch);
                let documents: Vec<Terms> = numbered.map(&document).collect();
                // Nobody listens any more when one could not be added.
                if sender.send(documents).is_err() {
                    break;
                }
            }
        });
        let mut documents = receiver.into_iter().flatten();
        documents.try_for_each(|document| writer.add_document(document).map(drop))
    })
    .map_err(failed)?;
    writer.finalize().map_err(failed)?;
    Ok(())
}

fn add_words(document: &mut Terms, fields: Fields, list: &NameList<'_>) {
    let (mut keys, mut status_keys, mut area_keys) = (Vec::new(), Vec::new(), Vec::new());
    let is_area = AREA_KEY_LAYERS.contains(&list.layer);
    for (name, words) in list.names.iter().zip(&list.words) {
        // The «я» of «3-я» is no initial.
        let behind_number = |n: usize| n > 0 && synonyms::is_number(&words[n - 1].fold);
        let ending = |n: usize, word: &Word| {
            word.role == Role::Minor && word.fold.chars().count() == 1 && behind_number(n)
        };
        let indexed = |(n, word): &(usize, &Word)| !word.key.is_empty() && !ending(*n, word);
        for (_, word) in words.iter().enumerate().filter(indexed) {
            let key = word.key.as_str();
            if word.role == Role::Status {
                status_keys.push(key);
                continue;
            }
            keys.push(key);
            if is_area && name.kind != NameKind::Brand {
                area_keys.push(key);
            }
        }
    }
    for keys in [&mut keys, &mut status_keys, &mut area_keys] {
        keys.sort_unstable();
        keys.dedup();
    }
    // Words in alphabetical order share their beginnings with the word before.
    let mut before = "";
    for key in &keys {
        let known = before.bytes().zip(key.bytes()).take_while(|(a, b)| a == b);
        let known = known.count();
        let ends = key.char_indices().map(|(at, c)| at + c.len_utf8());
        let fresh = ends.take(MAX_PREFIX_CHARS).filter(|end| *end > known);
        for beginning in fresh.filter_map(|end| key.get(..end)) {
            document.add_text(fields.prefix, beginning);
        }
        before = key;
    }
    status_keys.retain(|key| keys.binary_search(key).is_err());
    for key in keys.into_iter().chain(status_keys) {
        document.add_text(fields.key, key);
    }
    for key in area_keys {
        document.add_text(fields.area_key, key);
    }
}

/// Cells in which a place is found: those of its point, and of every point of a street.
fn cells(draft: &Draft) -> Vec<u64> {
    let mut cells = Vec::from(Cells::of_all(draft.point));
    if draft.layer == Layer::Street {
        let lines = draft.lines.iter().flatten().copied();
        let points = lines.chain(draft.houses.iter().map(|h| h.point));
        let mut all: Vec<[u64; Cells::ZOOMS.len()]> = points.map(Cells::of_all).collect();
        // Neighbours share their cells, more often than not.
        all.dedup();
        all.sort_unstable_by_key(|cells| cells[0]);
        all.dedup();
        for zoom in 0..Cells::ZOOMS.len() {
            let mut of_zoom: Vec<u64> = all.iter().map(|cells| cells[zoom]).collect();
            of_zoom.sort_unstable();
            of_zoom.dedup();
            cells.extend(of_zoom.into_iter().take(MAX_CELLS));
        }
        cells.sort_unstable();
        cells.dedup();
    }
    cells
}
