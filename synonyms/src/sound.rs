//! The sound key: one spelling for all the ways a word is written in Cyrillic and Latin letters.
//!
//! A many-to-one key, not a transliteration: «Хрещатик», `Khreshchatyk` (KMU 2010), `Hreshchatik` and «Хрещатык» all
//! give `hresatik`. It is the key of the index's vocabulary; how close the spelling itself was is judged afterwards.
//! Letters that people confuse share a class: г ґ х h g kh · и і ї ы й y i j · е є э · с ш щ s sh shch · з ж z zh ·
//! ц ч c ts ch. Endings by which Russian and Ukrainian forms of one name differ share one too: «Новая» and «Нова»,
//! «Степной» and «Степний», «Петров» and «Петрів».

/// The sound key of a folded word: only `a`–`z` and digits; other scripts stay as they are.
pub fn sound_key(word: &str) -> String {
    settle_ending(sound_beginning(word))
}

/// The sound key of a word that may go on: its last letters are no ending yet.
pub fn sound_beginning(word: &str) -> String {
    finish(&romanise(word, Ch::Soft))
}

/// Sounds of a query word, the likeliest first: Latin `ch` may also stand for х («Chmelnitskogo»). Each is a beginning
/// ([`sound_beginning`]); [`settle_ending`] makes a key of it.
pub fn sound_variants(word: &str) -> Vec<String> {
    let mut sounds = vec![sound_beginning(word)];
    if word.contains("ch") {
        let hard = finish(&romanise(word, Ch::Hard));
        if !sounds.contains(&hard) {
            sounds.push(hard);
        }
    }
    sounds
}

/// The sounds of a word letter by letter, nothing contracted: what slips may have brought together («зеена» for «зелена»)
/// stays apart.
pub fn sound_spelled(word: &str) -> String {
    romanise(word, Ch::Soft)
}

/// Reduces the ending of a complete word to what its Russian and Ukrainian forms share.
pub fn settle_ending(sound: String) -> String {
    /// (ending, what it becomes, letters that must stand before it).
    const ENDINGS: [(&str, &str, usize); 5] = [
        // Набережная = Набережна, Синяя = Синя
        ("aia", "a", 3),
        // Степной = Степний
        ("oi", "i", 3),
        // Новое = Нове
        ("oe", "e", 3),
        // Стрельцов = Стрільців in its last syllable
        ("ov", "iv", 3),
        ("ev", "iv", 3),
    ];
    for (ending, becomes, before) in ENDINGS {
        if let Some(stem) = sound.strip_suffix(ending)
            && stem.len() >= before
        {
            return format!("{stem}{becomes}");
        }
    }
    sound
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
    if let Some((from, to)) = CLUSTERS.iter().find(|(from, _)| rest.starts_with(from)) {
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
    let mut out: Vec<char> = Vec::with_capacity(key.len());
    for c in key.chars() {
        match (out.last().copied(), c) {
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
    out.into_iter().collect()
}

fn push_once(out: &mut Vec<char>, c: char) {
    if out.last() != Some(&c) {
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
    fn russian_and_ukrainian_endings_meet() {
        same(&["Набережная", "Набережна", "Naberezhnaya", "Naberezhna"]);
        same(&["Степной", "Степний", "Степный"]);
        same(&["Красное", "Красне"]);
        same(&["Петров", "Петрів"]);
        // What is short has no ending to lose.
        assert_ne!(sound_key("рая"), sound_key("ра"));
        assert_eq!(sound_beginning("набережная"), "nabereznaia");
    }

    #[test]
    fn hard_ch_is_a_second_reading() {
        assert!(sound_variants("chmelnitskogo").contains(&sound_beginning("хмельницкого")));
        assert_eq!(sound_variants("shevchenka")[0], sound_beginning("шевченка"));
    }

    proptest! {
        #[test]
        fn keys_are_stable(word in "[a-zа-яіїєґ]{0,20}") {
            let key = sound_key(&fold(&word));
            prop_assert!(!key.contains(|c: char| ('а'..='я').contains(&c)), "{}", key);
        }
    }
}
