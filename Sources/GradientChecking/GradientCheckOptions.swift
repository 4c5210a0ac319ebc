/// How thorough a gradient check is, and how close the numbers have to be.
public struct GradientCheckOptions: Sendable {
  /// 1 checks first derivatives; 2 also checks derivatives of recorded gradients.
  public var order: Int = 2

  /// Two numbers agree when |a - b| <= tolerance (1 + |a| + |b|).
  ///
  /// A five-point difference with step h has a truncation error of h^4 |f'''''| / 30 and a rounding error of about
  /// 1.5 epsilon |f| / h. With h = epsilon^(1/5) = 7e-4 both are near 1e-12 for a function and derivatives near 1; the
  /// default leaves room for derivatives that grow through time.
  public var tolerance: Double = 1e-7

  /// Whether forward rules are checked too: Jv against differences, and <u, Jv> against <J'u, v>.
  public var checksForwardMode: Bool = true

  /// How close <u, Jv> and <J'u, v> have to be, relative to |u||Jv| + |J'u||v|.
  ///
  /// Both are exact but for rounding, which some thousand operations in a row make a thousand times as large as one does.
  public var adjointTolerance: Double = 1e-11

  /// Arrays with at most this many elements are checked element by element, larger ones along random directions.
  public var elementLimit: Int = 256

  /// Points with at most this many elements in all arrays have their second derivatives checked element by element.
  public var secondOrderElementLimit: Int = 48

  /// Outputs with at most this many elements are checked one by one, larger ones through as many random combinations as
  /// there are `directions`.
  public var outputLimit: Int = 32

  /// The number of random directions for each large array, and for second derivatives of a large point; at least 3.
  public var directions: Int = 3

  /// The seed of the random directions and of the points that are tried instead of a kink.
  public var seed: UInt64 = 0

  /// How many other points are tried when a function has no derivative at a point.
  public var resampleLimit: Int = 8

  /// The default check.
  public init() {}
}
