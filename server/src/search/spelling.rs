//! The words of the vocabulary that a token may stand for, each with how well it fits.
//!
//! Spellings are numbered by sound, so what sounds alike and what begins alike are ranges of numbers: testing a word of
//! a candidate costs a comparison, whatever the size of the vocabulary. Slips of the pen are found by `typos`.

use super::text::QueryToken;
use super::typos::likeliest_forms;
use fst::{IntoStreamer, Streamer};
use geodata::snapshot::{FormId, KeyId, NearForms, Snapshot};
use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;
use synonyms::{
    Meaning, Script, dictionary, other_endings, sound_key, sound_spelled, sound_variants,
    unsettled_beginnings,
};

/// The most keys that are looked at for those that begin with a growing word.
const MAX_PREFIX_SEEN: usize = 4_000;
/// The most keys that begin with a growing word that is longer than the indexed beginnings.
pub(super) const MAX_PREFIX_KEYS: usize = 64;

/// How a word of a name fits a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// The same spelling.
    Exact,
    /// The token is the beginning of the word.
    Prefix,
    /// The token is the first letter of the word.
    Initial,
    /// The same sound in another spelling or script.
    Sound,
    /// A word that means the same: another language, an ordinal in digits.
    Meaning,
    /// The nominative of a name that was typed in another case.
    Case,
    /// One or two slips of the pen.
    Typo,
}

impl Fit {
    /// Whether the word begins with the very letters or sounds that were typed.
    pub(super) fn is_as_typed(self) -> bool {
        matches!(self, Fit::Exact | Fit::Prefix | Fit::Initial | Fit::Sound)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Fit::Exact => "exact",
            Fit::Prefix => "beginning",
            Fit::Initial => "initial",
            Fit::Sound => "same sound",
            Fit::Meaning => "same meaning",
            Fit::Case => "other case",
            Fit::Typo => "typo",
        }
    }
}

/// All spellings of one token.
#[derive(Debug, Clone, Default)]
pub(super) struct Spelling {
    /// Sound keys of the token as typed.
    pub(super) keys: Vec<KeyId>,
    /// How the token as typed sounds: for the index's beginnings.
    pub(super) sounds: Vec<String>,
    exact: Option<FormId>,
    same_sound: Vec<Range<u32>>,
    /// Spellings that begin with the token, when it may be growing.
    prefix: Vec<Range<u32>>,
    /// Spellings that begin with the token although another word follows: «шевч 56».
    cut: Vec<Range<u32>>,
    /// Spellings of the first letter alone: «К. Маркса» for «Карла Маркса».
    initial: Range<u32>,
    pub(super) initial_key: Option<KeyId>,
    meaning: Vec<(KeyId, FormId)>,
    /// The nominatives of a word in another case.
    nominative: Vec<(KeyId, Range<u32>)>,
    /// What it may stand for with slips of the pen, once that was looked for.
    typos: Option<Arc<NearForms>>,
    /// The growing token as spelled, when its last letter may be half of a group that sounds otherwise.
    unsettled: Option<String>,
    /// Other sounds that the growing token may begin with.
    pub(super) other_beginnings: Vec<String>,
    letter: bool,
    /// Whether the token may be the beginning of a longer word.
    grows: bool,
    /// Letters of the token: what share of a word it covers when it is its beginning.
    length: usize,
}

/// How many times shorter than its spelling a word's sound may be.
const MAX_SHRINKING: usize = 2;
/// The most letters that one sound is written with: `shch`.
const MAX_GROUP: usize = 4;
const SAME_SCRIPT: f32 = 0.96;
const OTHER_SCRIPT: f32 = 0.97;
pub(super) const INITIAL: f32 = 0.93;
const REVERSE_INITIAL: f32 = 0.85;
/// The fewest letters of a word that an initial on the map may stand for.
const MIN_INITIALLED: usize = 4;
const SAME_MEANING: f32 = 0.90;
/// The fewest letters by which a status word is recognised in front of a name before it is complete.
const MIN_BEGUN_STATUS: usize = 2;
/// Letters that slips may have left out of a word: one that has more goes on behind a growing token.
const MAX_SLIPS: usize = 2;
/// The fewest letters of a word that was cut short in front of a number.
const MIN_CUT: usize = 3;
const CUT: f32 = 0.8;
const OTHER_CASE: f32 = 0.92;
const PREFIX: f32 = 0.96;

impl Spelling {
    /// Spellings of a token as typed: same word, same sound, same meaning, beginning.
    pub(super) fn of(token: &QueryToken, snapshot: &Snapshot) -> Spelling {
        let words = snapshot.words();
        let fold = &token.token.fold;
        let mut spelling = Spelling {
            sounds: sound_variants(fold),
            length: token.token.len(),
            letter: token.letter,
            grows: token.prefix,
            ..Spelling::default()
        };
        // Of «ъъъъ» and `qqqqqq` hardly a sound is left: they are no words. Of `sch` neither, but it is a group.
        let repeats = fold.chars().zip(fold.chars().skip(1)).any(|(a, b)| a == b);
        let group = token.token.len() <= MAX_GROUP && !repeats;
        spelling
            .sounds
            .retain(|s| !s.is_empty() && (group || s.len() * MAX_SHRINKING >= token.token.len()));
        for sound in &spelling.sounds {
            for key in [sound.clone()].into_iter().chain(other_endings(sound)) {
                let Some(key) = snapshot.key(&key) else {
                    continue;
                };
                let forms = words.forms_of(key);
                let same = forms
                    .clone()
                    .find(|f| words.text(FormId::nth(*f), snapshot.texts()) == fold);
                spelling.exact = spelling.exact.or(same.map(FormId::nth));
                spelling.keys.push(key);
                spelling.same_sound.push(forms);
            }
            if token.prefix
                && let Some(range) = prefix_range(sound, snapshot)
            {
                spelling.prefix.push(range);
            }
        }
        if token.prefix && !spelling.sounds.is_empty() {
            spelling.other_beginnings = unsettled_beginnings(fold);
            spelling.unsettled = (!spelling.other_beginnings.is_empty()).then(|| fold.clone());
        }
        if token.prefix {
            spelling.add_begun_status_words(token, snapshot);
        }
        spelling.add_meanings(fold, snapshot);
        for word in dictionary().nominatives(fold) {
            let sound = sound_key(&word);
            let others = other_endings(&sound);
            for key in std::iter::once(sound).chain(others) {
                if let Some(key) = snapshot.key(&key)
                    && !spelling.keys.contains(&key)
                {
                    spelling.nominative.push((key, words.forms_of(key)));
                }
            }
        }
        let first = fold
            .chars()
            .next()
            .filter(|c| c.is_alphabetic() && spelling.length >= MIN_INITIALLED);
        spelling.initial_key = first.and_then(|c| snapshot.key(&sound_key(&c.to_string())));
        spelling.initial = spelling.initial_key.map_or(0..0, |key| words.forms_of(key));
        spelling
    }

    /// Keys of the status words that a growing word may become: the index has no beginnings of those.
    fn add_begun_status_words(&mut self, token: &QueryToken, snapshot: &Snapshot) {
        // One letter begins a status word behind a name only: «Польова в».
        if token.token.len() < MIN_BEGUN_STATUS && token.token.start == 0 {
            return;
        }
        for word in dictionary().status_words(&token.token.fold) {
            self.keys.extend(snapshot.key(&sound_key(word)));
        }
    }

    /// Keys of words that mean the same, or are the same in another case.
    pub(super) fn meaning_keys(&self) -> impl Iterator<Item = KeyId> {
        let cases = self.nominative.iter().map(|(key, _)| *key);
        self.meaning.iter().map(|(key, _)| *key).chain(cases)
    }

    fn add_meanings(&mut self, fold: &str, snapshot: &Snapshot) {
        let own = dictionary().meanings(fold);
        let mut add = |word: &str, sound: &str| {
            let words = snapshot.words();
            let Some(key) = snapshot.key(sound) else {
                return;
            };
            let form = words
                .forms_of(key)
                .find(|f| words.text(FormId::nth(*f), snapshot.texts()) == word);
            if let Some(form) = form {
                self.meaning.push((key, FormId::nth(form)));
            }
        };
        let mut number = fold.parse::<u16>().ok();
        for meaning in own {
            match meaning {
                Meaning::SameAs(word) => {
                    let word = synonyms::fold(word);
                    add(&word, &sound_key(&word));
                }
                Meaning::Ordinal(n) => number = Some(*n),
                _ => {}
            }
        }
        // An ordinal is found in digits and in words of every language.
        if let Some(n) = number.filter(|n| *n <= 100) {
            let digits = n.to_string();
            add(&digits, &sound_key(&digits));
            let spelled = dictionary().ordinals(n);
            for (word, sound) in spelled.filter(|(word, _)| !word.contains(' ')) {
                add(word, sound);
            }
        }
    }

    /// Whether the vocabulary has the token as typed, or what it means.
    pub(super) fn is_known(&self) -> bool {
        let begun = !self.prefix.is_empty();
        begun || !self.keys.is_empty() || self.meaning_keys().next().is_some()
    }

    /// Whether words that go on behind the token count although another word follows it.
    pub(super) fn is_cut(&self) -> bool {
        !self.cut.is_empty()
    }

    /// Adds words that the token is the beginning of, although a house number follows it.
    pub(super) fn add_cut(&mut self, snapshot: &Snapshot) {
        if self.length >= MIN_CUT {
            let begun = self.sounds.iter().filter_map(|s| prefix_range(s, snapshot));
            self.cut = begun.collect();
        }
    }

    /// Adds spellings with slips of the pen: one, or two in long words.
    pub(super) fn add_typos(&mut self, token: &QueryToken, snapshot: &Snapshot) {
        if token.token.is_number() || self.typos.is_some() {
            return;
        }
        let find = || likeliest_forms(&self.sounds_with_slips(token), token, snapshot);
        self.typos = Some(snapshot.near_forms(&token.token.fold, token.prefix, find));
    }

    /// Sound keys of words that the token may stand for with slips of the pen.
    pub(super) fn typo_keys(&self) -> &[KeyId] {
        self.typos.as_ref().map_or(&[], |near| &near.keys)
    }

    /// Sounds that slips are looked for around.
    fn sounds_with_slips(&self, token: &QueryToken) -> Vec<String> {
        let mut sought: Vec<String> = self.sounds.clone();
        // «потемкинская»: a slip in the Russian form of a Ukrainian name.
        let shorter = |sound: &String| {
            let others = other_endings(sound).into_iter();
            others.filter(|other| other.len() < sound.len()).min()
        };
        sought.extend(self.sounds.iter().filter_map(shorter));
        let spelled = sound_spelled(&token.token.fold);
        if !self.sounds.is_empty() && !self.sounds.contains(&spelled) {
            sought.push(spelled);
        }
        sought
    }

    /// How well a word of a name fits the token, 0 to 1, and how.
    pub(super) fn fit(&self, form: FormId, snapshot: &Snapshot) -> Option<(f32, Fit)> {
        if self.exact == Some(form) {
            return Some((1.0, Fit::Exact));
        }
        let within = |ranges: &[Range<u32>]| ranges.iter().any(|r| r.contains(&form.row()));
        if within(&self.same_sound) {
            let text = snapshot.words().text(form, snapshot.texts());
            let typed = self
                .exact
                .map(|e| Script::of_word(snapshot.words().text(e, snapshot.texts())));
            let same = typed.is_some_and(|script| script == Script::of_word(text));
            return Some((if same { SAME_SCRIPT } else { OTHER_SCRIPT }, Fit::Sound));
        }
        // The «th» of `4th` sounds like a letter.
        if self.initial.contains(&form.row()) && snapshot.words().form(form).letters == 1 {
            return Some((REVERSE_INITIAL, Fit::Initial));
        }
        let begun = if self.length == 1 {
            (INITIAL, Fit::Initial)
        } else {
            (PREFIX, Fit::Prefix)
        };
        if within(&self.prefix) {
            return Some(begun);
        }
        if let Some(typed) = &self.unsettled
            && snapshot
                .text(snapshot.words().form(form).text)
                .starts_with(typed.as_str())
        {
            return Some(begun);
        }
        if self.meaning.iter().any(|(_, f)| *f == form) {
            return Some((SAME_MEANING, Fit::Meaning));
        }
        if within(&self.cut) {
            return Some((CUT, Fit::Prefix));
        }
        if self
            .nominative
            .iter()
            .any(|(_, forms)| forms.contains(&form.row()))
        {
            return Some((OTHER_CASE, Fit::Case));
        }
        let typos = &self.typos.as_ref()?.forms;
        let typo = typos.binary_search_by_key(&form, |(f, _)| *f).ok()?;
        Some((typos[typo].1, Fit::Typo))
    }

    /// Whether the token is one letter that more may belong to.
    pub(super) fn is_letter(&self) -> bool {
        self.letter
    }

    /// The share of a word that the token covers, which fits it so: of one that it begins, the letters that are typed.
    pub(super) fn covered(&self, fit: Fit, form: FormId, snapshot: &Snapshot) -> f32 {
        let length = snapshot.words().form(form).letters.max(1);
        let begins = match fit {
            Fit::Prefix | Fit::Initial => true,
            Fit::Typo => self.grows && usize::from(length) > self.length + MAX_SLIPS,
            _ => false,
        };
        #[expect(clippy::cast_precision_loss, reason = "lengths of words are small")]
        let share = self.length as f32 / f32::from(length);
        if begins { share.min(1.0) } else { 1.0 }
    }
}

/// Numbers of the keys that begin with `sound`; `None` when there are none.
fn keys_beginning(sound: &str, snapshot: &Snapshot) -> Option<Range<u32>> {
    let keys = snapshot.words().keys();
    let first = |from: &[u8]| keys.range().ge(from).into_stream().next().map(|(_, n)| n);
    let mut after = sound.as_bytes().to_vec();
    // The end of the range: the same text with its last byte one higher.
    *after.last_mut()? += 1;
    let number = |n: u64| u32::try_from(n).ok();
    let begin = number(first(sound.as_bytes())?)?;
    let end = number(first(&after).unwrap_or(keys.len() as u64))?;
    (begin < end).then_some(begin..end)
}

/// Numbers of the spellings whose sound begins with `sound`.
fn prefix_range(sound: &str, snapshot: &Snapshot) -> Option<Range<u32>> {
    let keys = keys_beginning(sound, snapshot)?;
    let forms = |key: u32| snapshot.words().forms_of(KeyId::nth(key));
    Some(forms(keys.start).start..forms(keys.end - 1).end)
}

/// Keys that begin with `sound`, the most frequent first, at most [`MAX_PREFIX_KEYS`].
pub(super) fn keys_with_prefix(sound: &str, snapshot: &Snapshot) -> Vec<KeyId> {
    let begun = keys_beginning(sound, snapshot).unwrap_or_default();
    let rated = begun.take(MAX_PREFIX_SEEN).map(KeyId::nth);
    let rated = rated.map(|key| (Reverse(snapshot.words().frequency(key)), key));
    let mut rated: Vec<(Reverse<u32>, KeyId)> = rated.collect();
    if rated.len() > MAX_PREFIX_KEYS {
        rated.select_nth_unstable(MAX_PREFIX_KEYS);
        rated.truncate(MAX_PREFIX_KEYS);
    }
    rated.sort_unstable();
    rated.into_iter().map(|(_, key)| key).collect()
}
