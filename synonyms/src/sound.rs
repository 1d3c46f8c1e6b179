//! The sound key: one spelling for all the ways a word is written in Cyrillic and Latin letters.
//!
//! A many-to-one key, not a transliteration: «Хрещатик», `Khreshchatyk` (KMU 2010), `Hreshchatik` and «Хрещатык» all
//! give `hresatik`. It is the key of the index's vocabulary; how close the spelling itself was is judged afterwards.
//! Letters that people confuse share a class: г ґ х h g kh · и і ї ы й y i j · е є э · с ш щ s sh shch · з ж z zh ·
//! ц ч c ts ch.

/// The sound key of a folded word: only `a`–`z` and digits; other scripts stay as they are.
pub fn sound_key(word: &str) -> String {
    finish(&romanise(word, Ch::Soft))
}

/// Sound keys of a query word, the likeliest first: Latin `ch` may also stand for х («Chmelnitskogo»).
pub fn sound_variants(word: &str) -> Vec<String> {
    let mut keys = vec![sound_key(word)];
    if word.contains("ch") {
        let hard = finish(&romanise(word, Ch::Hard));
        if !keys.contains(&hard) {
            keys.push(hard);
        }
    }
    keys
}

/// Sounds that a growing word may turn out to begin with, since its last letter may be half of a group: `dec` sounds like
/// «dek» and may become `Decebal`, `k` may become `Khreshchatyk`, «ви» may become `Vieru`.
pub fn unsettled_beginnings(word: &str) -> Vec<String> {
    let sounds: &[char] = match word.chars().last() {
        Some('c') => &['c', 'h', 's'],
        Some('k' | 'g') => &['h'],
        Some('t' | 'т') => &['c'],
        Some('p') => &['f'],
        Some('i' | 'y' | 'j' | 'и' | 'і' | 'й') => &['e'],
        _ => return Vec::new(),
    };
    let mut sound = sound_key(word);
    let Some(last) = sound.pop() else {
        return Vec::new();
    };
    let others = sounds.iter().filter(|s| **s != last);
    let mut beginnings: Vec<String> = others.map(|s| format!("{sound}{s}")).collect();
    if word.ends_with("sc") {
        beginnings.push(sound);
    }
    beginnings
}

/// The sounds of a word letter by letter, nothing contracted: what slips may have brought together («зеена» for «зелена»)
/// stays apart.
pub fn sound_spelled(word: &str) -> String {
    romanise(word, Ch::Soft)
}

/// Sound keys of the same name in the other language, by the endings in which Russian and Ukrainian names differ.
pub fn other_endings(sound: &str) -> Vec<String> {
    /// Endings that stand for each other, and the letters that must stand before them.
    const ENDINGS: [(&str, &str, usize); 5] = [
        // Набережная, Набережна
        ("aia", "a", 3),
        // Степной, Степний
        ("oi", "i", 3),
        // Красное, Красне
        ("oe", "e", 3),
        // Петров, Петрів
        ("ov", "iv", 2),
        ("ev", "iv", 2),
    ];
    let both = ENDINGS
        .iter()
        .flat_map(|(a, b, stem)| [(a, b, stem), (b, a, stem)]);
    both.filter_map(|(from, to, stem)| {
        let before = sound.strip_suffix(from)?;
        (before.len() >= *stem).then(|| format!("{before}{to}"))
    })
    .collect()
}

/// How Latin `ch` is read.
#[derive(Clone, Copy, PartialEq)]
enum Ch {
    /// As ч (English, KMU 2010).
    Soft,
    /// As х (German, Polish, Czech).
    Hard,
}

fn romanise(word: &str, ch: Ch) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let (text, used) = latin_cluster(rest, ch).unwrap_or_else(|| (letter(c), c.len_utf8()));
        match text {
            Some(text) => out.push_str(text),
            None => out.push(c),
        }
        rest = rest.get(used..).unwrap_or_default();
    }
    out
}

/// Latin letter groups that stand for one sound: (key, bytes read).
fn latin_cluster(rest: &str, ch: Ch) -> Option<(Option<&'static str>, usize)> {
    const CLUSTERS: [(&str, &str); 17] = [
        ("shch", "s"),
        ("stch", "s"),
        ("schtsch", "s"),
        ("tsch", "c"),
        ("tch", "c"),
        ("sch", "s"),
        ("sh", "s"),
        ("zgh", "zh"),
        ("zh", "z"),
        ("kh", "h"),
        ("gh", "h"),
        ("ph", "f"),
        ("th", "t"),
        ("tz", "c"),
        ("qu", "kv"),
        ("ee", "i"),
        ("oo", "u"),
    ];
    if !rest.starts_with(|c: char| c.is_ascii_lowercase()) {
        return None;
    }
    let begins_cluster = |c| matches!(c, 's' | 't' | 'z' | 'k' | 'g' | 'p' | 'q' | 'e' | 'o');
    if rest.starts_with(begins_cluster)
        && let Some((from, to)) = CLUSTERS.iter().find(|(from, _)| rest.starts_with(from))
    {
        return Some((Some(to), from.len()));
    }
    if rest.starts_with("ch") {
        return Some((Some(if ch == Ch::Hard { "h" } else { "c" }), 2));
    }
    if let Some(after) = rest.strip_prefix('c') {
        return Some((
            Some(if after.starts_with(['e', 'i', 'y', 'k']) {
                "c"
            } else {
                "k"
            }),
            1,
        ));
    }
    None
}

/// The key of one letter; `None` keeps it.
fn letter(c: char) -> Option<&'static str> {
    Some(match c {
        'а' => "a",
        'б' => "b",
        'в' | 'w' => "v",
        'г' | 'х' | 'g' => "h",
        'д' => "d",
        'е' | 'э' => "e",
        'ж' | 'з' => "z",
        'и' | 'і' | 'ы' | 'й' | 'y' | 'j' => "i",
        'к' | 'q' => "k",
        'л' => "l",
        'м' => "m",
        'н' => "n",
        'о' => "o",
        'п' => "p",
        'р' => "r",
        'с' | 'ш' | 'щ' => "s",
        'т' => "t",
        'у' | 'ў' => "u",
        'ф' => "f",
        'ц' | 'ч' => "c",
        'ь' | 'ъ' => "",
        'ю' => "iu",
        'я' => "ia",
        'x' => "ks",
        _ => return None,
    })
}

/// Rules for the romanised whole: `ts` is ц, `ie` is є, doubled letters are one.
fn finish(key: &str) -> String {
    let mut out = String::with_capacity(key.len());
    for c in key.chars() {
        match (out.chars().next_back(), c) {
            (Some(last), c) if last == c && !c.is_ascii_digit() => {}
            (Some('t'), 's') => {
                out.pop();
                push_once(&mut out, 'c');
            }
            (Some('c'), 's') => {}
            (Some('i'), 'e') => {
                out.pop();
                push_once(&mut out, 'e');
            }
            (_, c) => out.push(c),
        }
    }
    out
}

fn push_once(out: &mut String, c: char) {
    if !out.ends_with(c) {
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;
    use proptest::prelude::*;

    #[track_caller]
    fn same(words: &[&str]) {
        let keys: Vec<String> = words.iter().map(|w| sound_key(&fold(w))).collect();
        assert!(
            keys.windows(2).all(|pair| pair[0] == pair[1]),
            "{words:?}: {keys:?}"
        );
    }

    #[test]
    fn official_and_sloppy_romanisations_meet_the_original() {
        same(&["Хрещатик", "Khreshchatyk", "Hreshchatik", "Хрещатык"]);
        same(&["Богдана", "Bohdana", "Bogdana"]);
        same(&[
            "Хмельницького",
            "Khmelnytskoho",
            "Хмельницкого",
            "Hmelnickogo",
        ]);
        same(&["Юрія", "Yuriia", "Юрия", "Yuria"]);
        same(&["Згурівська", "Zghurivska", "Згуривська"]);
        same(&["Їжакевича", "Yizhakevycha"]);
        same(&["Братська", "Bratska"]);
        same(&["Штефан", "Ștefan"]);
        same(&["Вячеслава", "В'ячеслава", "Viacheslava"]);
    }

    #[test]
    fn russian_and_ukrainian_endings_lead_to_each_other() {
        for (a, b) in [
            ("Набережная", "Набережна"),
            ("Степной", "Степний"),
            ("Красное", "Красне"),
            ("Петров", "Петрів"),
        ] {
            let (a, b) = (sound_key(&fold(a)), sound_key(&fold(b)));
            assert!(other_endings(&a).contains(&b), "{a} {b}");
            assert!(other_endings(&b).contains(&a), "{b} {a}");
        }
        // What is short has no ending to change.
        assert!(other_endings(&sound_key("рів")).is_empty());
    }

    #[test]
    fn the_last_letter_of_a_growing_word_may_be_half_of_a_group() {
        for (typed, word) in [
            ("dec", "decebal"),
            ("k", "khreshchatyk"),
            ("vi", "vieru"),
            ("sc", "schinoasa"),
        ] {
            let key = sound_key(word);
            let begins = unsettled_beginnings(typed)
                .iter()
                .any(|b| key.starts_with(b.as_str()));
            assert!(
                begins && !key.starts_with(&sound_key(typed)),
                "{typed} {key}"
            );
        }
    }

    #[test]
    fn hard_ch_is_a_second_reading() {
        assert!(sound_variants("chmelnitskogo").contains(&sound_key("хмельницкого")));
        assert_eq!(sound_variants("shevchenka")[0], sound_key("шевченка"));
    }

    proptest! {
        #[test]
        fn keys_are_stable(word in "[a-zа-яіїєґ]{0,20}") {
            let key = sound_key(&fold(&word));
            prop_assert!(!key.contains(|c: char| ('а'..='я').contains(&c)), "{}", key);
        }
    }
}
