#[path = "groups/parsing.rs"]
mod parsing;

fn main() {
    let rounds = std::env::var("ROUNDS").ok().and_then(|r| r.parse().ok()).unwrap_or(400);
    for group in parsing::groups() {
        println!("\n### {}", group.name);
        for m in webhook_benches::duel::duel(rounds, group.subjects) {
            println!(
                "{:40} p10 {:>10.0} med {:>10.0} ratio {:.3} ({:.3}-{:.3}) {}",
                m.name, m.p10, m.median, m.ratio, m.spread.0, m.spread.1, m.allocations
            );
        }
    }
}
