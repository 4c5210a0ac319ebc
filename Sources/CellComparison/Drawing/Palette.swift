/// The colours of drawings, on light and on dark ground.
enum Palette {
  /// Colours of lines that the colour-blind can tell apart, for light and for dark ground.
  ///
  /// Source: Okabe and Ito, "Color universal design", 2008, without the yellow that white swallows; lighter ones on dark.
  static let lines: [(light: String, dark: String)] = [
    ("#0072b2", "#56b4e9"), ("#d55e00", "#ff8c42"), ("#009e73", "#2fd3a4"), ("#b3508a", "#e69ac8"),
    ("#a97900", "#f0c040"), ("#444444", "#cccccc"),
  ]

  /// Dashes of lines after the colours have been used up.
  private static let dashes = ["", "6 3", "2 2", "8 3 2 3"]

  /// The classes of the line of a series and of what it fills.
  static func line(_ index: Int) -> String {
    "line c\(index % lines.count)" + (index < lines.count ? "" : " d\(index / lines.count % dashes.count)")
  }
  static func fill(_ index: Int) -> String { "f\(index % lines.count)" }

  /// The style sheet of a drawing; its rules hold for drawings alone.
  static let styleSheet: String = {
    func rules(
      ink: String, soft: String, faint: String, grid: String, paper: String, _ colour: (Int) -> String
    ) -> [String] {
      [
        ".paper{fill:\(paper)}", "text{fill:\(ink)}", ".soft{fill:\(soft)}",
        ".axis{stroke:\(soft)}", ".grid{stroke:\(grid)}", ".faint{stroke:\(faint)}", ".ink{fill:\(ink)}",
        ".state{fill:\(paper);stroke:\(ink)}", ".arrow{stroke:\(ink)}",
      ]
        + lines.indices.flatMap { [".c\($0){stroke:\(colour($0))}", ".f\($0){fill:\(colour($0))}"] }
    }
    func scoped(_ rules: [String]) -> String { rules.map { ".tapestry \($0)" }.joined() }
    let fixed =
      [
        "text{font:12px system-ui,sans-serif}", ".title{font-size:14px;font-weight:600}", ".small{font-size:10px}",
        ".axis,.tapestry .grid{fill:none}",
        ".line,.tapestry .arrow{fill:none;stroke-width:1.5}", ".thin{stroke-width:.75;opacity:.6}",
        ".faint{stroke-width:.75}", ".band{stroke:none;opacity:.2}",
        ".state{stroke-width:1.5}", ".cells{shape-rendering:crispEdges}",
      ]
      + dashes.indices.dropFirst().map { ".d\($0){stroke-dasharray:\(dashes[$0])}" }
    let light = rules(ink: "#1a1a1a", soft: "#555", faint: "#bbb", grid: "#ddd", paper: "#fff") { lines[$0].light }
    let dark = rules(ink: "#eee", soft: "#aaa", faint: "#555", grid: "#333", paper: "#16181c") { lines[$0].dark }
    return scoped(fixed) + scoped(light) + "@media(prefers-color-scheme:dark){" + scoped(dark) + "}"
  }()
}
