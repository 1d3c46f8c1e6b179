//! Which alphabet a word is written in, and repair of look-alikes from the other one.
//!
//! `аеіорсху` and `aeiopcxy` are the same shapes, so a word such as «Xpещатик» looks right and compares wrong. The
//! majority of the letters that belong to one alphabet only decides; a word of look-alikes alone is left as it is.

/// The alphabet that most letters of a word belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Script {
    Latin,
    Cyrillic,
    Other,
}

const TWINS: [(char, char); 22] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('i', 'і'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
    ('A', 'А'),
    ('B', 'В'),
    ('C', 'С'),
    ('E', 'Е'),
    ('H', 'Н'),
    ('K', 'К'),
    ('M', 'М'),
    ('O', 'О'),
    ('P', 'Р'),
];

impl Script {
    /// The script of one character.
    pub fn of(c: char) -> Script {
        match c {
            'a'..='z' | 'A'..='Z' | '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
            '\u{400}'..='\u{52f}' => Script::Cyrillic,
            _ => Script::Other,
        }
    }

    /// The script of a word: the one with more letters, Latin when there is a tie.
    pub fn of_word(word: &str) -> Script {
        let (mut latin, mut cyrillic) = (0, 0);
        for c in word.chars() {
            match Script::of(c) {
                Script::Latin => latin += 1,
                Script::Cyrillic => cyrillic += 1,
                Script::Other => {}
            }
        }
        match (latin, cyrillic) {
            (0, 0) => Script::Other,
            (l, c) if c > l => Script::Cyrillic,
            _ => Script::Latin,
        }
    }
}

/// Replaces look-alikes of the minority script in a lower-case word: `xpещaтик` → `хрещатик`.
///
/// Letters that exist in one script only have the casting vote, so a word with seven Latin look-alikes and one `щ` is
/// Cyrillic.
pub fn unify_script(word: String) -> String {
    let (mut latin, mut cyrillic, mut only_latin, mut only_cyrillic) = (0, 0, 0, 0);
    for c in word.chars() {
        match Script::of(c) {
            Script::Latin => {
                latin += 1;
                only_latin += usize::from(to_cyrillic(c).is_none());
            }
            Script::Cyrillic => {
                cyrillic += 1;
                only_cyrillic += usize::from(to_latin(c).is_none());
            }
            Script::Other => {}
        }
    }
    if latin == 0 || cyrillic == 0 {
        return word;
    }
    let cyrillic_wins =
        only_cyrillic > only_latin || (only_cyrillic == only_latin && cyrillic >= latin);
    let replace = |c: char| {
        if cyrillic_wins {
            to_cyrillic(c)
        } else {
            to_latin(c)
        }
    };
    word.chars().map(|c| replace(c).unwrap_or(c)).collect()
}

fn to_cyrillic(c: char) -> Option<char> {
    TWINS
        .iter()
        .find(|(latin, _)| *latin == c)
        .map(|(_, cyrillic)| *cyrillic)
}

fn to_latin(c: char) -> Option<char> {
    TWINS
        .iter()
        .find(|(_, cyrillic)| *cyrillic == c)
        .map(|(latin, _)| *latin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_follow_the_letters_that_exist_in_one_script_only() {
        for (input, expect) in [
            ("xpещaтик", "хрещатик"),
            ("хрещатик", "хрещатик"),
            ("khreshchatyk", "khreshchatyk"),
            ("сосa", "соса"),
            ("аrmeneasca", "armeneasca"),
            ("сafe", "cafe"),
        ] {
            assert_eq!(unify_script(input.to_owned()), expect, "{input}");
        }
    }
}
