//! Spaces that were left out or put in: «Новапошта», «Перво майская».
//!
//! A text is only respaced into words of the vocabulary, and only tried where it explains little as typed.

use super::spelling::keys_with_prefix;
use super::text::{Part, QueryText, QueryToken};
use geodata::snapshot::{FormId, KeyId, Snapshot};
use std::cmp::Reverse;
use synonyms::{Gap, Meaning, dictionary, sound_key};

/// The most other spacings of one text that are tried.
const MAX_SPACINGS: usize = 3;
/// The fewest letters of a word that two were joined to.
const MIN_JOINED: usize = 6;
/// The fewest letters of a half that is a word of the vocabulary.
const MIN_HALF: usize = 3;
/// The fewest letters of a half that is the beginning of one.
const MIN_BEGUN: usize = 4;

/// The text with one space less or more, the likeliest first.
pub(super) fn respace(original: &str, text: &QueryText, snapshot: &Snapshot) -> Vec<String> {
    let chars: Vec<char> = original.chars().collect();
    let mut found: Vec<(u32, String)> = Vec::new();
    for pair in text.tokens.windows(2) {
        if let Some(frequency) = joined(&pair[0], &pair[1], snapshot) {
            let (left, right) = (pair[0].token.end, pair[1].token.start);
            found.push((
                frequency,
                [&chars[..left], &chars[right..]]
                    .concat()
                    .into_iter()
                    .collect(),
            ));
        }
    }
    let with_status = text
        .tokens
        .iter()
        .any(|t| matches!(t.part, Part::Status(..)));
    for token in text.tokens.iter().filter(|t| is_word(t)) {
        // A fold of another length has no letters to count.
        if token.token.end - token.token.start != token.token.len() {
            continue;
        }
        for cut in MIN_HALF..=token.token.len().saturating_sub(MIN_HALF) {
            if let Some(frequency) = halves((token, cut), with_status, snapshot) {
                let at = token.token.start + cut;
                found.push((
                    frequency,
                    [&chars[..at], &[' '], &chars[at..]]
                        .concat()
                        .into_iter()
                        .collect(),
                ));
            }
        }
    }
    found.sort_by_key(|(frequency, _)| Reverse(*frequency));
    found.truncate(MAX_SPACINGS);
    found.into_iter().map(|(_, text)| text).collect()
}

fn is_word(token: &QueryToken) -> bool {
    matches!(token.part, Part::Word) && !token.token.is_number()
}

/// How often the word occurs that two words make.
fn joined(left: &QueryToken, right: &QueryToken, snapshot: &Snapshot) -> Option<u32> {
    let apart = matches!(right.token.gap, Gap::Space | Gap::Hyphen);
    let word = format!("{}{}", left.token.fold, right.token.fold);
    // A status word may be half of a name: «парк вей».
    let may_join = |t: &QueryToken| {
        let wordy = matches!(t.part, Part::Word | Part::Status(..) | Part::PlaceWord(_));
        wordy && !t.token.is_number()
    };
    if !apart || !may_join(left) || !may_join(right) || word.chars().count() < MIN_JOINED {
        return None;
    }
    frequency(&word, right.prefix, snapshot)
}

/// How often the rarer of the halves of a word occurs, when both are words; a status word is one of them only where the
/// text has no other: a street has one.
fn halves(
    (token, cut): (&QueryToken, usize),
    with_status: bool,
    snapshot: &Snapshot,
) -> Option<u32> {
    let left: String = token.token.fold.chars().take(cut).collect();
    let right: String = token.token.fold.chars().skip(cut).collect();
    let status = |m: &Meaning| matches!(m, Meaning::Status(_) | Meaning::Place(_) | Meaning::Title);
    let left = if !with_status && dictionary().meanings(&left).iter().any(status) {
        u32::MAX
    } else {
        spelled(&left, snapshot)?
    };
    let right = if token.prefix {
        begun(&right, snapshot)
    } else {
        spelled(&right, snapshot)
    };
    right.map(|right| left.min(right))
}

/// How often names have a word that sounds like this one.
fn frequency(word: &str, growing: bool, snapshot: &Snapshot) -> Option<u32> {
    let words = snapshot.words();
    let known = |m: &Meaning| matches!(m, Meaning::SameAs(_) | Meaning::Ordinal(_));
    let translated = dictionary().meanings(word).iter().any(known).then_some(1);
    let whole = snapshot
        .key(&sound_key(word))
        .map(|key| words.frequency(key));
    let whole = whole.or(translated);
    if !growing {
        return whole;
    }
    whole.or_else(|| {
        let sound = sound_key(word);
        let begun = keys_with_prefix(&sound, snapshot);
        begun.first().map(|key| words.frequency(*key))
    })
}

/// How often names have this very word, or one that begins with these very letters, when they are enough to tell.
fn begun(word: &str, snapshot: &Snapshot) -> Option<u32> {
    let words = snapshot.words();
    let begins = |key: &KeyId| {
        let mut forms = words.forms_of(*key).map(FormId::nth);
        forms.any(|f| words.text(f, snapshot.texts()).starts_with(word))
    };
    spelled(word, snapshot).or_else(|| {
        let enough = word.chars().count() >= MIN_BEGUN;
        let keys = keys_with_prefix(&sound_key(word), snapshot).into_iter();
        let key = keys.filter(|_| enough).find(begins)?;
        Some(words.frequency(key))
    })
}

/// How often names have this very word.
fn spelled(word: &str, snapshot: &Snapshot) -> Option<u32> {
    let words = snapshot.words();
    let key = snapshot.key(&sound_key(word))?;
    let same = |f: u32| words.text(FormId::nth(f), snapshot.texts()) == word;
    words.forms_of(key).any(same).then(|| words.frequency(key))
}
