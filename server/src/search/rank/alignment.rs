//! Which word of a query stands for which word of a name: each word of the name is used once, the best fit wins.

use super::text::Fits;
use crate::search::plan::Reading;
use crate::search::question::Question;
use crate::search::spelling::{Fit, INITIAL, Spelling};
use crate::search::text::Part;
use geodata::Layer;
use geodata::snapshot::{FormRecord, Role, TokenRecord};

/// Words of a name that are compared.
const MAX_WORDS: usize = u128::BITS as usize;
/// Letters of the endings of ordinals: «тя», «го», «річ».
const MAX_ENDING: usize = 3;

/// The words of one name, and which of them the query has used.
pub(super) struct Alignment<'a> {
    pub(super) question: &'a Question<'a>,
    tokens: &'a [TokenRecord],
    /// One bit per word.
    used: u128,
    /// The last word of a street's name is its head: the surname behind the given name.
    head: Option<usize>,
    /// Weights of the used words, as far as they are covered.
    covered: f32,
}

/// How the words of a reading fit a name.
pub(super) struct WordsFound {
    /// Sum of the words' weights, each times how well it fits.
    pub(super) fitting: f32,
    /// Sum of their weights.
    pub(super) whole: f32,
    /// Whether every word fits without a slip.
    pub(super) clean: bool,
    pub(super) fits: Fits,
    /// Whether nothing but status words of the name fits.
    pub(super) status_only: bool,
}

impl<'a> Alignment<'a> {
    /// The words of a name of a place of some layer.
    pub(super) fn new(
        question: &'a Question<'a>,
        layer: Layer,
        tokens: &'a [TokenRecord],
    ) -> Alignment<'a> {
        let tokens = &tokens[..tokens.len().min(MAX_WORDS)];
        let street = layer == Layer::Street;
        let head = tokens
            .iter()
            .rposition(|t| t.role() == Role::Word)
            .filter(|_| street);
        Alignment {
            question,
            tokens,
            used: 0,
            head,
            covered: 0.0,
        }
    }

    /// Gives each word of the reading its best word of the name.
    pub(super) fn take_words(&mut self, reading: &Reading) -> WordsFound {
        let spellings = self.question.spellings;
        let mut found = WordsFound {
            fitting: 0.0,
            whole: 0.0,
            clean: true,
            fits: Fits::default(),
            status_only: self.has_words(),
        };
        // Letters come last: what they begin may be spelled out by another word of the query.
        let letters = |n: &&usize| spellings[**n].is_letter();
        let first = reading.name.iter().filter(|n| !letters(n));
        let last = reading.name.iter().filter(letters);
        for &n in first.chain(last) {
            let weight = query_weight(&spellings[n]);
            found.whole += weight;
            let best = self.best(&spellings[n]);
            if let Some((quality, fit, t)) = best {
                found.fitting += weight * quality;
                found.status_only &= self.tokens[t].role() == Role::Status && fit.is_as_typed();
                self.used |= 1 << t;
                // An initial in company stands for its word; a letter alone is no initial of anything.
                let covered = if fit == Fit::Initial && reading.name.len() > 1 {
                    1.0
                } else {
                    let form = self.tokens[t].form();
                    spellings[n].covered(fit, form, self.question.snapshot)
                };
                self.covered += self.weigh(t) * covered;
            }
            let fit = best.map(|(_, fit, _)| fit);
            found.clean &= fit.is_some_and(|f| f != Fit::Typo);
            found.fits.push(n, fit);
        }
        // A word that had to be left out counts half: it may be noise.
        found.whole += reading
            .dropped
            .map_or(0.0, |n| 0.5 * query_weight(&spellings[n]));
        found.clean &= reading.dropped.is_none();
        found
    }

    /// The unused word that fits a spelling best.
    fn best(&self, spelling: &Spelling) -> Option<(f32, Fit, usize)> {
        let unused = self
            .tokens
            .iter()
            .enumerate()
            .filter(|(t, _)| !self.is_used(*t));
        let rated = unused.filter_map(|(t, token)| {
            let (mut quality, mut fit) = spelling.fit(token.form(), self.question.snapshot)?;
            // A letter that is typed is a beginning, even of a given name that is a letter: «А» for «А. Плямадяле».
            if fit == Fit::Exact && spelling.is_letter() && self.is_initial(t) {
                (quality, fit) = (INITIAL, Fit::Initial);
            }
            // The «тя» of «3-тя» is no word that anyone meant by «тиа».
            let typed = matches!(fit, Fit::Exact | Fit::Prefix)
                || fit == Fit::Initial && spelling.is_letter();
            if token.role() == Role::Minor && !typed && self.length(t) <= MAX_ENDING {
                return None;
            }
            if fit == Fit::Initial && self.length(t) == 1 && !self.is_initial(t) {
                return None;
            }
            let status = if token.role() == Role::Status {
                0.8
            } else {
                1.0
            };
            Some((quality * status, fit, t))
        });
        rated.max_by(|a, b| a.0.total_cmp(&b.0).then(b.2.cmp(&a.2)))
    }

    fn is_used(&self, t: usize) -> bool {
        self.used >> t & 1 == 1
    }

    /// Fillers and status words that are words of this name count for it: «Вокзал Мерефа», «Термінал B». How many are.
    pub(super) fn take_optional(&mut self) -> f32 {
        let mut taken = 0.0;
        for (n, token) in self.question.text.tokens.iter().enumerate() {
            if !matches!(
                token.part,
                Part::Status(..) | Part::PlaceWord(_) | Part::Filler
            ) {
                continue;
            }
            let spelling = &self.question.spellings[n];
            let exact = |t: &usize| {
                let fit = spelling.fit(self.tokens[*t].form(), self.question.snapshot);
                !self.is_used(*t)
                    && self.tokens[*t].role() != Role::Status
                    && matches!(fit, Some((_, Fit::Exact)))
            };
            if let Some(t) = (0..self.tokens.len()).find(exact) {
                self.used |= 1 << t;
                self.covered += self.weigh(t);
                taken += 1.0;
            }
        }
        taken
    }

    /// The share of the name that is covered; status words count only when they were asked for as words of the name.
    pub(super) fn covered(&self) -> f32 {
        let counted = |t: &usize| self.is_used(*t) || self.tokens[*t].role() != Role::Status;
        let total: f32 = (0..self.tokens.len())
            .filter(counted)
            .map(|t| self.weigh(t))
            .sum();
        (self.covered / total.max(0.01)).min(1.0)
    }

    /// Whether the name is more than status words.
    pub(super) fn has_words(&self) -> bool {
        self.tokens.iter().any(|t| t.role() == Role::Word)
    }

    /// Whether the reading takes for a house number what is a number of this name.
    pub(super) fn has_number_of(&self, reading: &Reading) -> bool {
        let Some((house, _)) = &reading.house else {
            return false;
        };
        let unused = (0..self.tokens.len()).filter(|t| !self.is_used(*t));
        let mut numbers = unused.filter(|t| self.begins_with_digit(*t));
        let text = |t| self.question.snapshot.text(self.form(t).text);
        numbers.any(|t| text(t) == house.number.to_string())
    }

    fn form(&self, t: usize) -> FormRecord {
        let words = self.question.snapshot.words();
        words.form(self.tokens[t].form())
    }

    fn begins_with_digit(&self, t: usize) -> bool {
        self.form(t).is_number()
    }

    /// Whether a letter of the name stands for a given name: «К. Маркса», but not the «т» of «пр-т».
    fn is_initial(&self, t: usize) -> bool {
        self.head.is_some_and(|head| t < head)
    }

    fn length(&self, t: usize) -> usize {
        usize::from(self.form(t).letters)
    }

    /// What a word of the name weighs: longer ones more, the head of a street's name most, status words little.
    fn weigh(&self, t: usize) -> f32 {
        // The number of a street tells it from its neighbours as much as a long word does.
        let number = self.begins_with_digit(t);
        let length = if number { 9 } else { self.length(t) };
        let role = match self.tokens[t].role() {
            Role::Word if self.head.is_some_and(|head| t < head) => {
                self.question.weights.before_head
            }
            Role::Word => 1.0,
            Role::Status => 0.3,
            Role::Minor => 0.25,
        };
        length_weight(length) * role
    }
}

/// Longer words say more.
fn query_weight(spelling: &Spelling) -> f32 {
    length_weight(spelling.sounds.first().map_or(1, String::len))
}

#[expect(clippy::cast_precision_loss, reason = "at most nine")]
fn length_weight(letters: usize) -> f32 {
    0.4 + 0.1 * letters.clamp(1, 9) as f32
}
