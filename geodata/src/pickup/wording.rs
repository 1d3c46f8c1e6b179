//! What a pickup point is called, in Ukrainian, English and Russian.

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
    /// The first of some language tags that there are words for, else Ukrainian.
    pub fn of(wanted: &[String]) -> Wording {
        let known = |tag: &String| match tag.split('-').next()? {
            "uk" => Some(Wording::Ukrainian),
            "ru" => Some(Wording::Russian),
            "en" => Some(Wording::English),
            _ => None,
        };
        let found = wanted.iter().find_map(known);
        found.unwrap_or(Wording::Ukrainian)
    }

    /// Of a text in Ukrainian, English and Russian.
    pub fn pick(self, [uk, en, ru]: [&'static str; 3]) -> &'static str {
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
                numbered(["Вихід", "Exit", "Выход"]).or_else(own)
            }
            AnchorKind::Door(EntranceKind::Main) => own()
                .or_else(|| numbered(["вхід", "entrance", "вход"]))
                .or_else(|| word(["головний вхід", "main entrance", "главный вход"])),
            AnchorKind::Door(_) => own()
                .or_else(|| numbered(["під'їзд", "entrance", "подъезд"]))
                .or_else(|| word(["вхід", "entrance", "вход"])),
            AnchorKind::Stand => {
                own().or_else(|| word(["стоянка таксі", "taxi rank", "стоянка такси"]))
            }
            AnchorKind::Gate | AnchorKind::Front => None,
        }
    }

    pub(super) fn at_gate(self, gate: Gate) -> String {
        let words = if gate.boom {
            ["біля шлагбаума", "at the barrier", "у шлагбаума"]
        } else {
            ["біля воріт", "at the gate", "у ворот"]
        };
        self.pick(words).to_owned()
    }

    pub(super) fn in_yard(self) -> String {
        self.pick(["у дворі", "in the yard", "во дворе"]).to_owned()
    }

    pub(super) fn at_road(self) -> String {
        self.pick(["біля дороги", "at the roadside", "у дороги"])
            .to_owned()
    }

    /// A gate that cars do not pass.
    pub(super) fn gate_closed(self) -> String {
        let words = [
            "далі пішки: проїзд зачинено",
            "walk on from here: cars cannot pass",
            "дальше пешком: проезд закрыт",
        ];
        self.pick(words).to_owned()
    }

    /// Nobody knows how to walk there.
    pub(super) fn no_way(self) -> String {
        let words = [
            "шлях пішки невідомий",
            "no way on foot is known",
            "пеший путь неизвестен",
        ];
        self.pick(words).to_owned()
    }
}
