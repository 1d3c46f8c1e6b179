//! What riders may type into a snapshot: a mix of queries drawn from its streets, settlements and houses.
//!
//! The same snapshot and the same seed give the same queries in the same order. Places are drawn in proportion to their
//! importance, as riders ask for main streets more often than for lanes; the focus is where the place's settlement is.

use geodata::snapshot::{DocId, Snapshot};
use geodata::{Layer, LonLat};

/// Letters of the longest beginning of a name that is typed.
const MAX_BEGINNING: usize = 12;
/// How often a drawn street without houses is drawn again.
const MAX_DRAWS: usize = 200;

/// What kind of text is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MixKind {
    /// The first letters of a street's or settlement's name.
    Beginning,
    /// «street number, city».
    Address,
    /// The same with one slip of the pen.
    Slip,
    /// «street number».
    House,
}

impl MixKind {
    /// All kinds, with the percentage of each in a mix.
    pub const SHARES: [(MixKind, u64); 4] = [
        (MixKind::Beginning, 50),
        (MixKind::Address, 20),
        (MixKind::Slip, 15),
        (MixKind::House, 15),
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            MixKind::Beginning => "beginning",
            MixKind::Address => "address",
            MixKind::Slip => "slip",
            MixKind::House => "house",
        }
    }
}

/// One query of a mix.
#[derive(Debug, Clone)]
pub struct MixQuery {
    pub kind: MixKind,
    pub text: String,
    pub focus: LonLat,
}

/// Draws queries from a snapshot.
pub struct Mix<'a> {
    snapshot: &'a Snapshot,
    random: Random,
    streets: Urn,
    /// Streets and settlements.
    named: Urn,
}

impl<'a> Mix<'a> {
    /// A mix over a snapshot; `None` when it has no street with a house.
    pub fn over(snapshot: &'a Snapshot, seed: u64) -> Option<Mix<'a>> {
        let docs = 0..u32::try_from(snapshot.len()).unwrap_or(u32::MAX);
        let street = |d: &DocId| snapshot.layer(*d) == Layer::Street;
        let with_houses = |d: &DocId| street(d) && !snapshot.houses(*d).is_empty();
        let named = |d: &DocId| street(d) || snapshot.layer(*d).is_settlement();
        Some(Mix {
            snapshot,
            random: Random(seed),
            streets: Urn::of(snapshot, docs.clone().filter(with_houses))?,
            named: Urn::of(snapshot, docs.filter(named))?,
        })
    }

    /// So many queries of all kinds.
    pub fn draw(&mut self, count: usize) -> Vec<MixQuery> {
        (0..count)
            .map(|_| {
                let mut rest = self.random.below(100);
                let kind = MixKind::SHARES.iter().find(|(_, share)| {
                    let is_it = rest < *share;
                    rest = rest.saturating_sub(*share);
                    is_it
                });
                self.draw_one(kind.map_or(MixKind::Beginning, |(kind, _)| *kind))
            })
            .collect()
    }

    /// One query of a kind.
    pub fn draw_one(&mut self, kind: MixKind) -> MixQuery {
        let urn = match kind {
            MixKind::Beginning => &self.named,
            _ => &self.streets,
        };
        let mut doc = urn.draw(&mut self.random);
        for _ in 0..MAX_DRAWS {
            if !self.snapshot.name_in(doc, &[]).is_empty() {
                break;
            }
            doc = urn.draw(&mut self.random);
        }
        let name = self.snapshot.name_in(doc, &[]).to_owned();
        let city = self.settlement(doc);
        let focus = self.snapshot.place(city.unwrap_or(doc)).point;
        let city = city.map_or("", |c| self.snapshot.name_in(c, &[]));
        let text = match kind {
            MixKind::Beginning => {
                let letters = name.chars().count().min(MAX_BEGINNING);
                let typed = 1 + self.random.index(letters.max(1));
                name.chars().take(typed).collect()
            }
            MixKind::House => format!("{name} {}", self.number(doc)),
            MixKind::Address => format!("{name} {}, {city}", self.number(doc)),
            MixKind::Slip => {
                let number = self.number(doc);
                format!("{} {number}, {city}", self.slip(&name))
            }
        };
        MixQuery { kind, text, focus }
    }

    fn settlement(&self, doc: DocId) -> Option<DocId> {
        let mut parents = self.snapshot.parents(doc).iter().copied();
        parents.find(|p| self.snapshot.layer(*p).is_settlement())
    }

    fn number(&mut self, street: DocId) -> String {
        let houses = self.snapshot.houses(street);
        let at = self.random.index(houses.len().max(1));
        let number = houses.get(at).map(|h| self.snapshot.text(h.number));
        number.unwrap_or_default().to_owned()
    }

    /// One letter of the longest word left out, doubled, or swapped with the next.
    fn slip(&mut self, name: &str) -> String {
        let longest = name.split(' ').max_by_key(|w| w.chars().count());
        let longest = longest.unwrap_or(name);
        let mut letters: Vec<char> = longest.chars().collect();
        // The first letter is hardly ever mistyped.
        let at = 1 + self.random.index(letters.len().saturating_sub(2).max(1));
        if at + 1 < letters.len() {
            match self.random.below(3) {
                0 => drop(letters.remove(at)),
                1 => letters.insert(at, letters[at]),
                _ => letters.swap(at, at + 1),
            }
        }
        name.replacen(longest, &letters.into_iter().collect::<String>(), 1)
    }
}

/// Places, each as likely to be drawn as it is important.
struct Urn {
    docs: Vec<DocId>,
    /// Importance of each place and all before it.
    weights: Vec<f64>,
}

impl Urn {
    /// An urn with some places; `None` without any.
    fn of(snapshot: &Snapshot, docs: impl Iterator<Item = DocId>) -> Option<Urn> {
        let docs: Vec<DocId> = docs.collect();
        let mut sum = 0.0;
        let weights = docs.iter().map(|d| {
            // Even what nobody ever asked for is asked for some day.
            sum += f64::from(snapshot.place(*d).importance).max(0.001);
            sum
        });
        let weights = weights.collect();
        (!docs.is_empty()).then_some(Urn { docs, weights })
    }

    fn draw(&self, random: &mut Random) -> DocId {
        let sum = self.weights.last().copied().unwrap_or_default();
        let at = random.share() * sum;
        let n = self.weights.partition_point(|w| *w <= at);
        self.docs[n.min(self.docs.len() - 1)]
    }
}

/// `SplitMix64`: small, and the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "what is below a usize is one"
    )]
    fn index(&mut self, bound: usize) -> usize {
        self.below(bound as u64) as usize
    }

    /// 0 to 1.
    fn share(&mut self) -> f64 {
        self.below(1 << 53) as f64 / (1_u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TestApp;

    #[test]
    fn a_mix_repeats_itself_and_has_all_kinds() {
        let app = TestApp::from_town(
            "a b c d",
            "w1 a-b-c-d highway=residential name=вулиця Лісова\n\
             n2 b addr:housenumber=7 | addr:street=вулиця Лісова",
        );
        let snapshot = app.snapshot();
        let texts = |seed| -> Vec<String> {
            let drawn = Mix::over(&snapshot, seed).unwrap().draw(200);
            for (kind, _) in MixKind::SHARES {
                assert!(drawn.iter().any(|q| q.kind == kind), "{}", kind.as_str());
            }
            drawn.into_iter().map(|q| q.text).collect()
        };
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
        assert!(texts(1).contains(&"вулиця Лісова 7".to_owned()));
    }

    #[test]
    fn a_slip_changes_the_longest_word() {
        let app = TestApp::from_town(
            "a b",
            "w1 a-b highway=residential name=вулиця Лісова\n\
             n2 b addr:housenumber=7 | addr:street=вулиця Лісова",
        );
        let snapshot = app.snapshot();
        let mut mix = Mix::over(&snapshot, 1).unwrap();
        let slipped: Vec<String> = (0..20).map(|_| mix.slip("вулиця Лісова")).collect();
        assert!(
            slipped.iter().all(|s| s.starts_with("вулиця ")),
            "{slipped:?}"
        );
        assert!(slipped.iter().any(|s| s != "вулиця Лісова"));
    }
}
