//! What fuzzing calls, and what must hold for any bytes. The crate's own tests call the same functions with seeded mutations, so that
//! every test run fuzzes a little.

use qitao_domain::barcode::symbology::AimId;
use qitao_domain::barcode::{Meaning, bytes_of, classify, gs1, normalise, parse, text_of};
use qitao_domain::catalog::{BarcodeHit, Directory, ItemFacts, Location, LocationKind, Operator};
use qitao_domain::ids::{ItemId, LocationId, OperatorId};
use qitao_domain::quantity::Quantity;

/// Payloads worth starting from: each form that the readers know.
pub const SEEDS: &[&str] = &[
    "6901234567892",
    "]E06901234567892",
    "]E3690123456789212345",
    "]E004252614",
    "]I116901234567899",
    "]C1010690123456789210L5\u{1d}21S1",
    "]d2800606901234567892030710D12\u{1d}21S9",
    "]e006901234567892",
    "0106901234567892",
    "00106141412345678908",
    "(01)09506000134352(17)250531(10)AB\\(C(21)12345678p901",
    "(00)106141412345678908(02)16901234567899(37)6(4309)12345678900123456789",
    "(01)09506000134352(3103)001750(3922)199(423)156158(7040)1ABC",
    "(8018)952987654321098776(7253)%E6%9D%8E(7250)20240229(7258)1/2(7259)B",
    "(8013)1987654Ad4X4bL5ttr2310c2K",
    "(415)9524321676108(8020)INV1(8007)GB82WEST12345698765432",
    "(8110)061414165432131251101231011012390325123142501015012345691011",
    "(8112)006141416543210123456",
    "https://id.gs1.org/01/09506000134352/10/AB%2FC/21/S1?17=250531&linkType=gs1:pip#top",
    "HTTPS://qitao.example/8006/069012345678920307/10/D12",
    "QT-QTY-2.5",
    "QT-L-B-04-2",
    "QT-TASK-PK-000456",
    "YG-OAK-2400/3-7/D12",
    "橡木衣柜{GS}{1D}",
];

/// The first byte chooses what the scanner said about the symbology.
fn split(data: &[u8]) -> (Option<AimId>, &[u8]) {
    let Some((choice, payload)) = data.split_first() else { return (None, data) };
    let known =
        [(b'C', b'1'), (b'd', b'2'), (b'Q', b'3'), (b'e', b'0'), (b'E', b'0'), (b'E', b'3'), (b'E', b'4'), (b'I', b'1'), (b'C', b'0')];
    (known.get(usize::from(*choice)).map(|(code, modifier)| AimId { code: *code, modifier: *modifier }), payload)
}

/// Reads, checks what must hold of any answer, and writes what was read back.
///
/// # Panics
/// When something does not hold.
pub fn parse_anything(data: &[u8]) {
    let (symbology, payload) = split(data);
    let text = text_of(payload);
    assert_eq!(bytes_of(&text), payload, "text and back");
    assert_eq!(normalise(&normalise(&text)), normalise(&text), "normalising twice is normalising once");

    let parsed = parse(payload, symbology);
    assert_eq!(parsed.ok, parsed.error.is_none());
    if let Some(fault) = &parsed.error {
        assert!(fault.position <= payload.len(), "{fault} lies outside");
        assert!(!fault.rule.is_empty());
    }
    let again = gs1::element_string(gs1::to_element_string(&parsed.elements).as_bytes());
    if !parsed.elements.is_empty() {
        assert_eq!(again.map(gs1::Gs1::into_elements), Ok(parsed.elements.clone()), "what was read can be written");
    }
    let json = serde_json::to_string(&parsed).expect("a parsed barcode is JSON");
    assert_eq!(serde_json::from_str::<qitao_domain::barcode::Parsed>(&json).expect("and back"), parsed);

    for reader in [gs1::element_string, gs1::bracketed] {
        if let Err(broken) = reader(payload) {
            assert!(broken.fault.position <= payload.len());
        }
    }
    if let Some(Err(broken)) = gs1::digital_link(payload) {
        assert!(broken.fault.position <= payload.len());
    }
}

/// Classifies at a site that knows about half of everything.
///
/// # Panics
/// When something does not hold.
pub fn classify_anything(data: &[u8]) {
    let (symbology, payload) = split(data);
    let meaning = classify(&Site, payload, symbology);
    match &meaning {
        Meaning::Goods { quantity, carton, .. } => {
            assert!(quantity.is_positive());
            assert_ne!(*carton, Some(0));
        }
        Meaning::Invalid { position, rule } => {
            assert!(*position <= payload.len() && !rule.is_empty());
        }
        _ => {}
    }
    assert_eq!(classify(&Site, payload, symbology), meaning, "the same answer every time");
    let json = serde_json::to_string(&meaning).expect("a meaning is JSON");
    assert_eq!(serde_json::from_str::<Meaning>(&json).expect("and back"), meaning);
}

/// A site whose catalogue has every text of even weight, in 1 to 8 cartons.
struct Site;

fn weight(text: &str) -> i64 {
    text.bytes().map(i64::from).sum()
}

fn id<Id>(text: &str, id: fn(i64) -> Id) -> Option<Id> {
    Some(weight(text)).filter(|weight| weight % 2 == 0).map(id)
}

impl Directory for Site {
    fn barcode(&self, text: &str) -> Option<BarcodeHit> {
        id(text, ItemId).map(|item| BarcodeHit { item, quantity: Quantity::ONE, carton: None })
    }
    fn item(&self, id: ItemId) -> Option<ItemFacts<'_>> {
        let cartons = u16::try_from(id.0.rem_euclid(8)).unwrap_or(0) + 1;
        Some(ItemFacts { id, code: "A", name: "", name_en: "", unit: "", cartons, by_lot: false, is_kit: false })
    }
    fn item_by_code(&self, code: &str) -> Option<ItemId> {
        id(code, ItemId)
    }
    fn location_by_code(&self, code: &str) -> Option<LocationId> {
        id(code, LocationId)
    }
    fn location(&self, _: LocationId) -> Option<&Location> {
        None
    }
    fn location_of_kind(&self, _: LocationKind) -> Option<LocationId> {
        None
    }
    fn operator_by_badge(&self, badge: &str) -> Option<OperatorId> {
        id(badge, OperatorId)
    }
    fn operator(&self, _: OperatorId) -> Option<&Operator> {
        None
    }
}
