//! Reports by a script: addresses of a town as riders write them, some of them twice, and neighbours of all kinds that
//! only look alike.

use geodata::LonLat;

/// Names of streets: Ukrainian, Russian, Latin letters.
const STREETS: [(&str, &str, &str); 24] = [
    ("Шевченка", "Шевченко", "Shevchenka"),
    ("Соборна", "Соборная", "Soborna"),
    ("Лесі Українки", "Леси Украинки", "Lesi Ukrainky"),
    ("Івана Франка", "Ивана Франко", "Ivana Franka"),
    ("Грушевського", "Грушевского", "Hrushevskoho"),
    ("Зелена", "Зелёная", "Zelena"),
    ("Садова", "Садовая", "Sadova"),
    ("Лісова", "Лесная", "Lisova"),
    (
        "Богдана Хмельницького",
        "Богдана Хмельницкого",
        "Bohdana Khmelnytskoho",
    ),
    ("Набережна", "Набережная", "Naberezhna"),
    ("Центральна", "Центральная", "Tsentralna"),
    ("Миру", "Мира", "Myru"),
    ("Польова", "Полевая", "Polova"),
    ("Вишнева", "Вишнёвая", "Vyshneva"),
    ("Київська", "Киевская", "Kyivska"),
    ("Незалежності", "Независимости", "Nezalezhnosti"),
    ("Молодіжна", "Молодёжная", "Molodizhna"),
    ("Гагаріна", "Гагарина", "Haharina"),
    ("Пушкіна", "Пушкина", "Pushkina"),
    ("Будівельників", "Строителей", "Budivelnykiv"),
    ("1 Травня", "1 Мая", "1 Travnia"),
    (
        "Січових Стрільців",
        "Сечевых Стрельцов",
        "Sichovykh Striltsiv",
    ),
    ("Кобилянської", "Кобылянской", "Kobylianskoi"),
    ("Козацька", "Казацкая", "Kozatska"),
];
/// Where the town begins: (lon, lat).
const CORNER: (f64, f64) = (29.20, 48.67);
/// Reports that say something new, and those that repeat one of them.
const FRESH: usize = 160;
const REPEATED: usize = 40;

/// A report, and which address it really is about.
#[derive(Debug, Clone)]
pub struct ScriptedReport {
    pub text: String,
    pub point: LonLat,
    pub address: usize,
}

/// 200 reports, the last 40 of which repeat one of the others.
pub fn scripted_reports() -> Vec<ScriptedReport> {
    let mut reports: Vec<ScriptedReport> = (0..FRESH)
        .map(|address| ScriptedReport {
            text: write_address(address, address * 7),
            point: position(address, 0.0),
            address,
        })
        .collect();
    for n in 0..REPEATED {
        // Every fourth address, another way of writing, up to 150 m away.
        let address = n * 4 + n % 3;
        let away_m = f64::from(u16::try_from(n * 37 % 150).expect("few metres"));
        reports.push(ScriptedReport {
            text: write_address(address, address * 7 + 1 + n % 10),
            point: position(address, away_m),
            address,
        });
    }
    reports
}

/// Street and number of an address. Addresses come in families: a house, its neighbour 15 m away, the same number with a
/// letter, the same number on another street nearby.
fn address_of(address: usize) -> (usize, String) {
    let (family, member) = (address / 4, address % 4);
    let street = family % STREETS.len();
    let number = 3 + family * 5 % 90;
    match member {
        0 => (street, number.to_string()),
        1 => (street, (number + 2).to_string()),
        2 => (street, format!("{number}а")),
        _ => ((street + 7) % STREETS.len(), number.to_string()),
    }
}

/// Families are 400 m apart; members 15 m; a report is shifted to the north-east.
fn position(address: usize, away_m: f64) -> LonLat {
    let (family, member) = (address / 4, address % 4);
    let metres = |count: usize, each: f64| f64::from(u32::try_from(count).expect("few")) * each;
    let east_m = metres(family % 8, 400.0) + metres(member, 15.0) + away_m * 0.7;
    let north_m = metres(family / 8, 400.0) + away_m * 0.7;
    LonLat::clamped(CORNER.0 + east_m / 73_400.0, CORNER.1 + north_m / 111_195.0)
}

fn write_address(address: usize, way: usize) -> String {
    let (street, n) = address_of(address);
    let (uk, ru, latin) = STREETS[street];
    match way % 10 {
        0 => format!("вул. {uk}, {n}"),
        1 => format!("{uk} {n}"),
        2 => format!("ул. {ru} {n}"),
        3 => format!("{latin} {n}"),
        4 => format!("вулиця {uk} буд. {n} кв. 17"),
        5 => format!("{} {n}", slip(uk)),
        6 => format!("ВУЛ {} {n}", uk.to_uppercase()),
        7 => format!("м. Ладижин, вул. {uk}, {n}"),
        8 => format!("{uk} {n}, під'їзд 2"),
        _ => format!("{ru}, дом {n}"),
    }
}

/// Swaps the third letter and the fourth.
fn slip(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() > 5 && letters[2].is_alphabetic() && letters[3].is_alphabetic() {
        letters.swap(2, 3);
    }
    letters.into_iter().collect()
}
