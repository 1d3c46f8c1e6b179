//! What a pickup point is called, in Ukrainian, Russian and English (for every other language).

use super::anchors::{Anchor, AnchorKind};
use crate::ground::{EntranceKind, Gate};

/// A language that points are described in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wording {
    Ukrainian,
    Russian,
    English,
}

impl Wording {
    /// The first of some language tags that there are words for.
    pub fn of(languages: &[String]) -> Wording {
        let known = |tag: &String| match tag.split('-').next()? {
            "uk" => Some(Wording::Ukrainian),
            "ru" => Some(Wording::Russian),
            "en" => Some(Wording::English),
            _ => None,
        };
        languages.iter().find_map(known).unwrap_or(Wording::English)
    }

    fn pick(self, [uk, ru, en]: [&'static str; 3]) -> &'static str {
        match self {
            Wording::Ukrainian => uk,
            Wording::Russian => ru,
            Wording::English => en,
        }
    }

    /// The name of an anchor, where it has one: «під'їзд 2», «Вихід 3», «головний вхід».
    pub(super) fn anchor(self, anchor: &Anchor) -> Option<String> {
        let numbered = |words: [&'static str; 3]| {
            (!anchor.reference.is_empty())
                .then(|| format!("{} {}", self.pick(words), anchor.reference))
        };
        let own = || Some(anchor.name.clone()).filter(|n| !n.is_empty());
        let word = |words: [&'static str; 3]| Some(self.pick(words).to_owned());
        match anchor.kind {
            AnchorKind::Door(EntranceKind::Station) => {
                numbered(["Вихід", "Выход", "Exit"]).or_else(own)
            }
            AnchorKind::Door(EntranceKind::Main) => own()
                .or_else(|| numbered(["вхід", "вход", "entrance"]))
                .or_else(|| word(["головний вхід", "главный вход", "main entrance"])),
            AnchorKind::Door(_) => own().or_else(|| numbered(["під'їзд", "подъезд", "entrance"])),
            AnchorKind::Stand => {
                own().or_else(|| word(["стоянка таксі", "стоянка такси", "taxi rank"]))
            }
            AnchorKind::Gate | AnchorKind::Front => None,
        }
    }

    pub(super) fn at_gate(self, gate: Gate) -> String {
        let words = if gate.boom {
            ["біля шлагбаума", "у шлагбаума", "at the barrier"]
        } else {
            ["біля воріт", "у ворот", "at the gate"]
        };
        self.pick(words).to_owned()
    }

    pub(super) fn in_yard(self) -> String {
        self.pick(["у дворі", "во дворе", "in the yard"]).to_owned()
    }

    pub(super) fn at_road(self) -> String {
        self.pick(["біля дороги", "у дороги", "at the roadside"])
            .to_owned()
    }

    /// A gate that cars do not pass.
    pub(super) fn gate_closed(self) -> String {
        let words = [
            "далі пішки: проїзд зачинено",
            "дальше пешком: проезд закрыт",
            "walk on from here: cars cannot pass",
        ];
        self.pick(words).to_owned()
    }

    /// Nobody knows how to walk there.
    pub(super) fn no_way(self) -> String {
        let words = [
            "шлях пішки невідомий",
            "пеший путь неизвестен",
            "no way on foot is known",
        ];
        self.pick(words).to_owned()
    }
}
