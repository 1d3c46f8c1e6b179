//! Which words a name is indexed under, and what each does in it.

use crate::snapshot::Role;
use crate::{Layer, Name, NameKind};
use synonyms::{Gap, Meaning, Naming, Token, dictionary, sound_key, tokenize};

/// The most letters of an abbreviated status word that may as well be an initial.
const MAX_ABBREVIATION: usize = 2;

/// One word of a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) fold: String,
    pub(super) key: String,
    pub(super) role: Role,
}

/// Reads a name of a place of some layer into words.
pub(super) fn analyze(name: &Name, layer: Layer) -> Vec<Word> {
    let tokens = tokenize(&name.text);
    let mut roles = vec![Role::Word; tokens.len()];
    let mut at = 0;
    while at < tokens.len() {
        let (role, used) = role_at(&tokens, at, layer);
        roles[at..at + used].fill(role);
        at += used;
    }
    release_names(&tokens, &mut roles);
    // A name of status words and titles only is found by them.
    if !roles.contains(&Role::Word) || name.kind == NameKind::Brand {
        roles.fill(Role::Word);
    }
    tokens
        .into_iter()
        .zip(roles)
        .map(|(t, role)| Word {
            key: sound_key(&t.fold),
            fold: t.fold,
            role,
        })
        .collect()
}

/// Beside a status word that is hardly ever a name, others are words of the name («Strada Valea Iazului», «провулок Героїв
/// Майдану»), and beside any full status word, abbreviations are initials («Strada A. Șciusev»).
fn release_names(tokens: &[Token], roles: &mut [Role]) {
    let statuses: Vec<usize> = (0..tokens.len())
        .filter(|n| roles[*n] == Role::Status)
        .collect();
    let naming = |n: &usize| {
        let meanings = dictionary().meanings(&tokens[*n].fold).iter();
        let kinds = meanings.filter_map(Meaning::status).map(Naming::of);
        kinds.min().unwrap_or(Naming::Often)
    };
    let least = statuses.iter().map(naming).min();
    let full = |n: &usize| tokens[*n].len() > MAX_ABBREVIATION;
    let of_hyphen = |n: usize| {
        let next = tokens.get(n + 1);
        tokens[n].gap == Gap::Hyphen || next.is_some_and(|t| t.gap == Gap::Hyphen)
    };
    for n in &statuses {
        let other_full = statuses.iter().any(|m| m != n && full(m));
        let initial = !full(n) && other_full && !of_hyphen(*n);
        if initial || Some(naming(n)) > least && full(n) {
            roles[*n] = Role::Word;
        }
    }
}

/// The role of the words that begin at `at`, and how many they are.
fn role_at(tokens: &[Token], at: usize, layer: Layer) -> (Role, usize) {
    let words = tokens[at..].iter().take(3).map(|t| t.fold.as_str());
    let along = dictionary().meanings_along(words);
    for (n, meanings) in along.into_iter().enumerate().rev() {
        let used = n + 1;
        // Street words in a POI's name («Кафе Бульвар») are its name.
        let status = |m: &Meaning| match m {
            Meaning::Status(_) => matches!(layer, Layer::Street | Layer::District),
            Meaning::Place(_) => layer.is_area(),
            _ => false,
        };
        if meanings.iter().any(status) {
            return (Role::Status, used);
        }
        if meanings.contains(&Meaning::Title) && layer == Layer::Street {
            return (Role::Minor, used);
        }
    }
    // 1-ша, 2nd, the letter of 12-а; 40-річчя stays a word of its own.
    let token = &tokens[at];
    let letter = token.gap == Gap::Hyphen && token.is_letter();
    let behind_number = at > 0 && tokens[at - 1].is_number();
    let ending = behind_number && (letter || token.is_ordinal_ending());
    (if ending { Role::Minor } else { Role::Word }, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LanguageTag;

    #[track_caller]
    fn check(text: &str, layer: Layer, words: &[&str]) {
        let name = Name {
            kind: NameKind::Main,
            language: LanguageTag::NONE,
            text: text.to_owned(),
        };
        let found: Vec<String> = analyze(&name, layer)
            .into_iter()
            .filter(|w| w.role == Role::Word)
            .map(|w| w.fold)
            .collect();
        assert_eq!(found, words, "{text}");
    }

    #[test]
    fn status_words_of_streets_are_no_words_of_the_name() {
        check("вулиця Хрещатик", Layer::Street, &["хрещатик"]);
        check("1-ша Польова вулиця", Layer::Street, &["1", "польова"]);
        check("Набережна", Layer::Street, &["набережна"]);
        check("провулок Героїв Майдану", Layer::Street, &["майдану"]);
        check("2nd Sadova Street", Layer::Street, &["2", "sadova"]);
        check("вулиця Академіка Корольова", Layer::Street, &["корольова"]);
    }

    #[test]
    fn a_letter_beside_a_status_word_is_an_initial() {
        check("Strada A. Șciusev", Layer::Street, &["a", "sciusev"]);
        check("Strada M. Lomonosov", Layer::Street, &["m", "lomonosov"]);
        check("Strada Al. Hîjdeu", Layer::Street, &["al", "hijdeu"]);
        check("пр-т Миру", Layer::Street, &["миру"]);
        check("ул. Мира", Layer::Street, &["мира"]);
    }

    #[test]
    fn beside_street_any_other_status_word_is_the_name() {
        check("Strada Valea Iazului", Layer::Street, &["valea", "iazului"]);
        check("вулиця Зелена Гора", Layer::Street, &["зелена", "гора"]);
        check("2-й провулок Миру", Layer::Street, &["2", "миру"]);
    }

    #[test]
    fn street_words_in_other_names_are_names() {
        check("Кафе Бульвар", Layer::Poi, &["кафе", "бульвар"]);
        check("Ладижинський район", Layer::County, &["ладижинський"]);
    }
}
