//! Places → Tantivy documents, one segment, in the order of the tables.

use super::WriteError;
use super::analyze::Word;
use super::shared::{NameList, NameLists};
use crate::draft::{Draft, Drafts};
use crate::snapshot::schema::{Fields, layer_term, schema};
use crate::snapshot::{AREA_KEY_LAYERS, Cells, MAX_PREFIX_CHARS, Role};
use crate::{Layer, NameKind};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
use tantivy::directory::MmapDirectory;
use tantivy::{Index, TantivyDocument};

/// Memory for the postings of one segment; only what is needed is taken.
const MEMORY_BUDGET_BYTES: usize = 2_000_000_000;
/// Documents that are made at once, on all cores, while those before are added.
const BATCH: usize = 8_192;
/// A street is found in at most so many cells of each size.
const MAX_CELLS: usize = 64;

/// Writes the index.
pub(super) fn write(
    drafts: &Drafts,
    order: &[u32],
    names: &NameLists<'_>,
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
    let directory = MmapDirectory::open(folder).map_err(|e| failed(e.into()))?;
    let builder = Index::builder().schema(schema);
    let mut writer = builder
        .single_segment_index_writer(directory, MEMORY_BUDGET_BYTES)
        .map_err(failed)?;
    let mut doc_of = vec![0_u64; order.len()];
    for (doc, n) in (0_u64..).zip(order) {
        doc_of[*n as usize] = doc;
    }
    let document = |(doc, n): (usize, &u32)| {
        let draft = &drafts.places[*n as usize];
        let mut document = TantivyDocument::new();
        add_words(&mut document, fields, names.get(doc));
        for cell in cells(draft) {
            document.add_u64(fields.cell, cell);
        }
        for parent in &draft.parents {
            document.add_u64(fields.parent, doc_of[*parent as usize]);
        }
        document.add_u64(fields.layer, layer_term(draft.layer));
        if let Some(category) = &draft.category {
            document.add_text(fields.category, category);
        }
        document
    };
    let documents = |first: usize| -> Vec<TantivyDocument> {
        let batch = &order[first..order.len().min(first + BATCH)];
        let numbered = batch.par_iter().enumerate();
        numbered.map(|(at, n)| document((first + at, n))).collect()
    };
    let mut ready = documents(0);
    let mut first = 0;
    while !ready.is_empty() {
        first += ready.len();
        let mut add = || {
            ready
                .drain(..)
                .try_for_each(|document| writer.add_document(document))
        };
        let (added, next) = rayon::join(&mut add, || documents(first));
        added.map_err(failed)?;
        ready = next;
    }
    writer.finalize().map_err(failed)?;
    Ok(())
}

fn add_words(document: &mut TantivyDocument, fields: Fields, list: &NameList<'_>) {
    let (mut keys, mut prefixes, mut area_keys) = (Vec::new(), Vec::new(), Vec::new());
    for (name, words) in list.names.iter().zip(&list.words) {
        // The «я» of «3-я» is no initial.
        let behind_number = |n: usize| n > 0 && synonyms::is_number(&words[n - 1].fold);
        let ending = |n: usize, word: &Word| {
            word.role == Role::Minor && word.fold.chars().count() == 1 && behind_number(n)
        };
        let indexed = |(n, word): &(usize, &Word)| !word.key.is_empty() && !ending(*n, word);
        for (_, word) in words.iter().enumerate().filter(indexed) {
            keys.push(word.key.as_str());
            if word.role != Role::Status {
                let ends = word
                    .key
                    .char_indices()
                    .map(|(at, c)| at + c.len_utf8())
                    .take(MAX_PREFIX_CHARS);
                prefixes.extend(ends.filter_map(|end| word.key.get(..end)));
                if AREA_KEY_LAYERS.contains(&list.layer) && name.kind != NameKind::Brand {
                    area_keys.push(word.key.as_str());
                }
            }
        }
    }
    let mut add = |field, mut terms: Vec<&str>| {
        terms.sort_unstable();
        terms.dedup();
        terms.into_iter().for_each(|t| document.add_text(field, t));
    };
    add(fields.key, keys);
    add(fields.prefix, prefixes);
    add(fields.area_key, area_keys);
}

/// Cells in which a place is found: those of its point, and of every point of a street.
fn cells(draft: &Draft) -> BTreeSet<u64> {
    let mut cells = BTreeSet::from(Cells::of_all(draft.point));
    if draft.layer == Layer::Street {
        let lines = draft.lines.iter().flatten().copied();
        let points = lines.chain(draft.houses.iter().map(|h| h.point));
        let mut all: Vec<[u64; Cells::ZOOMS.len()]> = points.map(Cells::of_all).collect();
        // Neighbours share their cells, more often than not.
        all.dedup();
        for zoom in 0..Cells::ZOOMS.len() {
            let mut of_zoom: Vec<u64> = all.iter().map(|cells| cells[zoom]).collect();
            of_zoom.sort_unstable();
            of_zoom.dedup();
            cells.extend(of_zoom.into_iter().take(MAX_CELLS));
        }
    }
    cells
}
