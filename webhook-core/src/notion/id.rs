/// Whether two Notion ids are the same, with or without dashes, in either case.
///
/// The API, links and people write ids both ways. Texts that are not 32 hex digits are compared in the same way.
///
/// ```
/// use webhook_core::notion::same_id;
///
/// assert!(same_id("4eca6399-84b2-531a-8b72-257bb6b9e094", "4eca639984b2531a8b72257bb6b9e094"));
/// assert!(!same_id("4eca6399-84b2-531a-8b72-257bb6b9e094", "4eca6399"));
/// ```
pub fn same_id(one: &str, other: &str) -> bool {
    digits(one).eq(digits(other))
}

fn digits(id: &str) -> impl Iterator<Item = u8> {
    id.bytes().filter(|&byte| byte != b'-').map(|byte| byte.to_ascii_lowercase())
}
