//! Which documents may answer a reading: of those that lie around the focus, and the most important ones everywhere, those
//! that promise most.

use super::documents::intersect;
use super::gather::Run;
use super::plan::Reading;
use super::query::SearchQuery;
use super::question::Question;
use super::rank::{Prior, TOGETHER};
use super::text::Part;
use geodata::Layer;
use geodata::snapshot::{Cells, DocId, DocSet, PlaceSketch};
use std::sync::Arc;

/// The most important places of the whole snapshot that are looked at per reading; without a focus all of them are rated.
const GLOBAL: usize = 80;
/// Places around the focus that are looked at per reading and size of cell.
const LOCAL: usize = 60;
/// Places right around the focus that are looked at per reading: a letter or a status word says nothing but "near".
const AROUND: usize = 150;
/// Enough places around the focus: larger cells are left out.
const ENOUGH_LOCAL: usize = 60;
/// The size of cell, of [`Cells::ZOOMS`], in which one looks first.
const TOWN: usize = 2;
/// So few documents are all looked at instead of cell by cell.
const FEW: usize = 3_000;
/// So many times as many may turn out to be few when other words of the query have to be theirs as well.
const WORTH_WALKING: usize = 4;
/// Of all these so many are rated that promise most.
const RATED: usize = 48;
/// So few letters behind a status word look for streets only.
const MAX_STREET_BEGUN: usize = 2;

impl Run<'_> {
    /// The documents that may answer a reading: around the focus, and the most important ones everywhere.
    pub(super) fn candidates(&self, question: &Question<'_>, reading: &Reading) -> Vec<DocId> {
        let index = question.index;
        let in_company = reading.name.len() > 1;
        let areas: Vec<DocId> = reading.areas.iter().map(|a| a.doc).collect();
        let filters: Vec<Arc<DocSet>> = [
            (!areas.is_empty()).then(|| index.inside(&areas)),
            (!reading.categories.is_empty()).then(|| index.of_category(&reading.categories)),
            (!self.query.categories.is_empty()).then(|| index.of_category(&self.query.categories)),
            self.index_layers().map(|layers| index.of_layers(&layers)),
            begins_street(question, reading).then(|| index.of_layers(&[Layer::Street])),
        ]
        .into_iter()
        .flatten()
        .collect();
        let words = reading.name.iter().map(|n| index.with_word(*n, in_company));
        let sets: Vec<&DocSet> = words.chain(filters.iter().map(|f| &**f)).collect();
        let filtered = self.is_filtered();
        let hides = !self.hidden.is_empty();
        let shown = |doc: DocId| !hides || !self.hidden.contains(&doc);
        let keep = |doc: DocId| shown(doc) && (!filtered || self.passes(doc));
        let Some(focus) = self.query.focus else {
            return intersect(&sets, GLOBAL, self.budget, keep);
        };
        let shortest = sets.iter().map(|s| s.len()).min().unwrap_or(0);
        // Several common words together are rare, more often than not.
        if shortest <= FEW || sets.len() > 1 && shortest <= FEW * WORTH_WALKING {
            let docs = intersect(&sets, FEW, self.budget, keep);
            if shortest <= FEW || docs.len() < FEW {
                return self.likeliest((question, reading), docs);
            }
        }
        let near = |zoom: usize| {
            let mut local = sets.clone();
            local.push(index.near(focus, zoom));
            let limit = if zoom == 0 { AROUND } else { LOCAL };
            intersect(&local, limit, self.budget, keep)
        };
        let mut docs = in_growing_cells(near);
        docs.extend(intersect(&sets, GLOBAL, self.budget, keep));
        docs.sort_unstable();
        docs.dedup();
        self.likeliest((question, reading), docs)
    }

    /// Of some documents those that promise most.
    fn likeliest(
        &self,
        (question, reading): (&Question<'_>, &Reading),
        docs: Vec<DocId>,
    ) -> Vec<DocId> {
        if docs.len() <= RATED {
            return docs;
        }
        let prior = Prior::new(question, reading);
        let mut rated: Vec<u64> = Vec::with_capacity(docs.len());
        let mut places = [PlaceSketch::default(); TOGETHER];
        for docs in docs.chunks(TOGETHER) {
            for (place, doc) in places.iter_mut().zip(docs) {
                *place = self.snapshot.sketch(*doc);
            }
            let scores = prior.of(&places).into_iter();
            rated.extend(scores.zip(docs).map(|(score, doc)| behind(score, *doc)));
        }
        rated.select_nth_unstable(RATED);
        rated.truncate(RATED);
        let mut docs: Vec<DocId> = rated.into_iter().map(doc_of).collect();
        docs.sort_unstable();
        docs
    }

    /// Layers to look for in the index: houses, doors and crossings are found through their streets and places.
    fn index_layers(&self) -> Option<Vec<Layer>> {
        if self.query.layers.is_empty() {
            return None;
        }
        let mut layers = Vec::new();
        for layer in &self.query.layers {
            match layer {
                Layer::House => {
                    layers.extend([Layer::Street, Layer::City, Layer::Locality, Layer::District])
                }
                Layer::Entrance => layers.extend([Layer::Street, Layer::Station, Layer::Locality]),
                Layer::Intersection => layers.push(Layer::Street),
                other => layers.push(*other),
            }
        }
        layers.sort_unstable();
        layers.dedup();
        Some(layers)
    }

    /// Whether there are filters that are no words.
    fn is_filtered(&self) -> bool {
        let SearchQuery {
            country,
            within,
            bbox,
            ..
        } = self.query;
        country.is_some() || within.is_some() || bbox.is_some()
    }

    /// Filters that are no words: box, country, the place around.
    fn passes(&self, doc: DocId) -> bool {
        let SearchQuery {
            country,
            within,
            bbox,
            ..
        } = self.query;
        let parents = self.snapshot.parents(doc);
        let of_country = |code: &String| {
            std::iter::once(&doc)
                .chain(parents)
                .any(|p| self.snapshot.attribute(*p, "countrycode") == Some(code.as_str()))
        };
        let is_within = |id| {
            self.snapshot
                .find(id)
                .is_some_and(|w| w == doc || parents.contains(&w))
        };
        let in_box = |bbox: &geodata::Bbox| {
            bbox.contains(self.snapshot.place(doc).point)
                || self
                    .snapshot
                    .lines(doc)
                    .flatten()
                    .any(|p| bbox.contains(*p))
                || self
                    .snapshot
                    .houses(doc)
                    .iter()
                    .any(|h| bbox.contains(h.point))
        };
        country.as_ref().is_none_or(of_country)
            && within.is_none_or(is_within)
            && bbox.as_ref().is_none_or(in_box)
    }
}

/// A number by which documents are sorted: the smaller, the higher the score, and of equals the more important.
fn behind(score: f32, doc: DocId) -> u64 {
    const SIGN: u32 = 1 << 31;
    let bits = score.to_bits();
    // As `f32::total_cmp` has it, turned around.
    let falling = if bits & SIGN == 0 { !bits ^ SIGN } else { bits };
    u64::from(falling) << u32::BITS | u64::from(doc)
}

/// The document of such a number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "the lower half is the document"
)]
fn doc_of(behind: u64) -> DocId {
    behind as DocId
}

/// Documents around the focus, from small cells to large ones until there are enough; `near` gives those in cells of one
/// size, [`LOCAL`] at most.
fn in_growing_cells(near: impl Fn(usize) -> Vec<DocId>) -> Vec<DocId> {
    let mut town = Some(near(TOWN));
    // Larger cells hold the smaller ones: with all of theirs nothing is left to find in those.
    let whole = town.as_ref().is_some_and(|docs| docs.len() < LOCAL);
    let mut docs: Vec<DocId> = Vec::new();
    for zoom in if whole { TOWN } else { 0 }..Cells::ZOOMS.len() {
        let known = (zoom == TOWN).then(|| town.take()).flatten();
        docs.extend(known.unwrap_or_else(|| near(zoom)));
        docs.sort_unstable();
        docs.dedup();
        if docs.len() >= ENOUGH_LOCAL {
            break;
        }
    }
    docs
}

/// Whether all that is typed of a name is a letter or two behind a street's status word: «вул. Л».
fn begins_street(question: &Question<'_>, reading: &Reading) -> bool {
    let tokens = &question.text.tokens;
    let begun = matches!(reading.name[..], [n] if tokens[n].token.len() <= MAX_STREET_BEGUN);
    begun && tokens.iter().any(|t| matches!(t.part, Part::Status(..)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn documents_are_sorted_by_falling_score_then_by_importance(
            (a, b) in (-9.0..9.0_f32, -9.0..9.0_f32),
            (a_doc, b_doc) in (0..5_u32, prop_oneof![0..5_u32, Just(u32::MAX)]),
            same in any::<bool>(),
        ) {
            let b = if same { a } else { b };
            let expect = b.total_cmp(&a).then(a_doc.cmp(&b_doc));
            prop_assert_eq!(behind(a, a_doc).cmp(&behind(b, b_doc)), expect);
            prop_assert_eq!(doc_of(behind(b, b_doc)), b_doc);
        }
    }
}
