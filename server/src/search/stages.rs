//! The stages of a search, one at a time, for measuring: `make bench` is the only caller.
//!
//! [`search`](super::search) does not pass through here: each stage below calls what the recipe calls, on the inputs that
//! the recipe would hand it, and says how much came out. Whatever a question keeps from one reading to the next is made
//! out afresh each time, as for a rider; what the snapshot keeps in memory (sets of documents, spellings of mistyped words,
//! names of areas) stays there, as well as for riders who ask for the same words.

use super::budget::Budget;
use super::candidates::{Lists, QuestionIndex};
use super::gather::Run;
use super::house::{AskedNumber, resolve_house};
use super::plan::Reading;
use super::pool::Ranked;
use super::query::SearchQuery;
use super::question::Question;
use super::rank::RankWeights;
use super::rate::Rating;
use super::spelling::Spelling;
use super::text::QueryText;
use super::view::Hidden;
use geodata::snapshot::{DocId, Snapshot};

/// One query with what each stage hands to the next.
pub struct Stages<'a> {
    snapshot: &'a Snapshot,
    weights: &'a RankWeights,
    query: SearchQuery,
    with_slips: bool,
    home: Option<DocId>,
    text: QueryText,
    spellings: Vec<Spelling>,
    readings: Vec<Reading>,
    /// Per reading.
    candidates: Vec<Vec<DocId>>,
    /// The answers that would be shown, the best first.
    shown: Vec<Ranked>,
}

impl<'a> Stages<'a> {
    /// The query read as typed.
    pub fn as_typed(
        snapshot: &'a Snapshot,
        weights: &'a RankWeights,
        query: SearchQuery,
    ) -> Stages<'a> {
        Stages::prepare((snapshot, weights), query, false)
    }

    /// The query read with slips of the pen: the second attempt, when nothing fits as typed.
    pub fn with_slips(
        snapshot: &'a Snapshot,
        weights: &'a RankWeights,
        query: SearchQuery,
    ) -> Stages<'a> {
        Stages::prepare((snapshot, weights), query, true)
    }

    fn prepare(
        (snapshot, weights): (&'a Snapshot, &'a RankWeights),
        query: SearchQuery,
        with_slips: bool,
    ) -> Stages<'a> {
        let text = QueryText::read(&query.text, query.typing);
        let nothing = Hidden::default();
        let part = (0, (snapshot, &nothing));
        let home = Run::new(part, weights, (&query, &Budget::new())).home;
        let mut stages = Stages {
            snapshot,
            weights,
            query,
            with_slips,
            home,
            text,
            spellings: Vec::new(),
            readings: Vec::new(),
            candidates: Vec::new(),
            shown: Vec::new(),
        };
        stages.spellings = stages.spellings();
        stages.readings = stages.asked(|_, question| question.readings());
        stages.candidates = stages.asked(|run, question| {
            let readings = stages.readings.iter();
            readings.map(|r| run.candidates(question, r)).collect()
        });
        stages.shown = stages.rated();
        stages
            .shown
            .sort_by(|a, b| b.score.total_cmp(&a.score).then(a.doc.cmp(&b.doc)));
        stages.shown.dedup_by_key(|r| r.doc);
        stages.shown.truncate(stages.query.limit);
        stages
    }

    /// Text → tokens and their parts; how many tokens.
    pub fn read(&self) -> usize {
        let text = QueryText::read(&self.query.text, self.query.typing);
        text.tokens.len()
    }

    /// Tokens → the words of the vocabulary that they may stand for; how many sound keys.
    pub fn spell(&self) -> usize {
        let spellings = self.spellings();
        spellings
            .iter()
            .map(|s| s.keys.len() + s.typo_keys().len())
            .sum()
    }

    /// Tokens → readings; how many.
    pub fn plan(&self) -> usize {
        self.asked(|_, question| question.readings().len())
    }

    /// Readings → documents of the index; how many.
    pub fn candidates(&self) -> usize {
        self.asked(|run, question| {
            let readings = self.readings.iter();
            readings.map(|r| run.candidates(question, r).len()).sum()
        })
    }

    /// Documents → houses and scores; how many of them are answers.
    pub fn rate(&self) -> usize {
        self.rated().len()
    }

    /// House numbers on the streets of the candidates; how many candidates have an answer to one.
    pub fn house(&self) -> usize {
        self.asked(|_, question| {
            let mut found = 0;
            for (reading, docs) in self.readings.iter().zip(&self.candidates) {
                let Some((number, _)) = &reading.house else {
                    continue;
                };
                let asked = AskedNumber::of(*number, self.snapshot);
                let resolved = docs.iter().map(|doc| resolve_house(question, *doc, asked));
                found += resolved.flatten().count();
            }
            found
        })
    }

    /// Answers → what is shown of them: label, marks, id, postcode; bytes of all labels.
    pub fn label(&self) -> usize {
        self.asked(|run, _| {
            let shown = self.shown.iter();
            shown
                .map(|r| run.found(r, &self.text).label.text.len())
                .sum()
        })
    }

    fn spellings(&self) -> Vec<Spelling> {
        let tokens = self.text.tokens.iter();
        let mut spellings: Vec<Spelling> = tokens.map(|t| Spelling::of(t, self.snapshot)).collect();
        if self.with_slips {
            for n in self.text.words() {
                spellings[n].add_typos(&self.text.tokens[n], self.snapshot);
            }
        }
        spellings
    }

    fn rated(&self) -> Vec<Ranked> {
        self.asked(|run, question| {
            let readings = self.readings.iter().zip(&self.candidates);
            let rate = |(reading, docs): (&Reading, &Vec<DocId>)| -> Vec<Ranked> {
                let mut rating = Rating::new(question, reading);
                docs.iter()
                    .filter_map(|doc| run.rate(&mut rating, *doc))
                    .collect()
            };
            readings.flat_map(rate).collect()
        })
    }

    /// Works on the query as on one that was never asked before.
    fn asked<T>(&self, work: impl FnOnce(&Run<'_>, &Question<'_>) -> T) -> T {
        let budget = Budget::new();
        let nothing = Hidden::default();
        let part = (0, (self.snapshot, &nothing));
        let run = Run::from_home(part, self.weights, (&self.query, &budget), self.home);
        let lists = Lists::of(&self.text);
        let found = (&self.spellings[..], &lists);
        let index = QuestionIndex::new(self.snapshot, &self.text, found);
        let question = run.question(&self.text, &self.spellings, &index);
        work(&run, &question)
    }
}
