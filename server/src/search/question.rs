//! A text that has been read, and everything that is needed to answer it.

use super::budget::Budget;
use super::candidates::QuestionIndex;
use super::query::SearchQuery;
use super::rank::{Nearness, RankWeights};
use super::spelling::Spelling;
use super::text::QueryText;
use geodata::Plane;
use geodata::snapshot::{DocId, Snapshot};

/// One way to take a query: its tokens, their spellings, and the documents that have them.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) weights: &'a RankWeights,
    pub(super) query: &'a SearchQuery,
    pub(super) text: &'a QueryText,
    /// One per token of the text.
    pub(super) spellings: &'a [Spelling],
    pub(super) budget: &'a Budget,
    pub(super) index: &'a QuestionIndex<'a>,
    /// The earth around the focus.
    pub(super) around: Option<Plane>,
    pub(super) nearness: Nearness,
    /// The settlement that the focus lies in.
    pub(super) home: Option<DocId>,
}
