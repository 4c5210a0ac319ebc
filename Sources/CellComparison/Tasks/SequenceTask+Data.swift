internal import DenseArrays

/// Tasks on series of numbers and on images.
extension SequenceTask {
  /// The Mackey-Glass series; lengths are the steps at which something is asked for.
  ///
  /// Published: an echo state network of 1,000 units comes to a normalised error of 10^-4.2 for 84 steps ahead, put
  /// together of single steps (Jaeger and Haas, "Harnessing nonlinearity", 2004); here each later value is asked for at once.
  public static func mackeyGlass(horizon: Int = 6, window: Int = 50) -> SequenceTask {
    let values = MackeyGlass.values(count: 5000)
    guard let series = try? TimeSeries(values: values, source: "Mackey and Glass's equation") else {
      stop("SequenceTask.mackeyGlass: the series cannot be used")
    }
    return forecast(
      "mackey-glass", series, horizon: horizon, window: window,
      published: horizon == 84
        ? "; an echo state network of 1,000 units, running freely, came to 10^-4.2 (Jaeger and Haas 2004)" : "")
  }

  /// A series from outside, such as the yearly sunspot numbers.
  public static func series(_ series: TimeSeries, horizon: Int = 1, window: Int = 20) -> SequenceTask {
    forecast(seriesName, series, horizon: horizon, window: window, published: "")
  }

  static let seriesName = "series"

  private static func forecast(
    _ name: String, _ series: TimeSeries, horizon: Int, window: Int, published: String
  ) -> SequenceTask {
    let window = SeriesForecast.fittingWindow(series, horizon: horizon, wanted: window)
    let test = SeriesForecast(series, part: series.test, horizon: horizon, window: window)
    let mean = Decimals.rounded(test.guessError(repeatsLast: false), to: 5)
    let last = Decimals.rounded(test.guessError(repeatsLast: true), to: 5)
    return SequenceTask(
      name: name,
      summary: "the number \(horizon) \(horizon == 1 ? "step" : "steps") later of \(series.source), tested on the last "
        + "\(Decimals.grouped(series.test.count)) of \(Decimals.grouped(series.values.count))",
      settings:
        "\(horizon) ahead, windows of \(window), checksum \(Checksum.text(of: series.values.map(\.bitPattern)))",
      metric: Metric(
        name: "normalised-error", format: .decimals(5), higherIsBetter: false,
        reference:
          "the root of the mean squared error over the training part's standard deviation; always giving its mean gives "
          + "\(mean), repeating the last number \(last)\(published)"),
      measure: .rootMeanSquaredError,
      training: SeriesForecast(series, part: series.training, horizon: horizon, window: window),
      heldOut: SeriesForecast(series, part: series.heldOut, horizon: horizon, window: window),
      tests: [Test("", test)], trainingSteps: 1500)
  }

  /// Images of digits, row by row or pixel by pixel.
  ///
  /// Published for MNIST pixel by pixel: IRNN 97.0 % (Le et al. 2015), a unitary net 95.1 % (Arjovsky et al. 2016), LSTM
  /// 98.9 % (Cooijmans, Ballas, Laurent, Gulcehre and Courville, "Recurrent batch normalization", 2017, table 1, where all
  /// three are).
  public static func digits(_ images: DigitImages, isPixelwise: Bool) -> SequenceTask {
    let published =
      isPixelwise && images.side == 28
      ? "; on MNIST IRNN 97.0 %, LSTM 98.9 % (Cooijmans et al. 2017, table 1)" : ""
    return SequenceTask(
      name: digitsName(isPixelwise: isPixelwise),
      summary: "which digit an image of \(images.side) x \(images.side) shows that is read "
        + (isPixelwise ? "pixel by pixel" : "row by row"),
      settings: "\(images.labels.count) images, checksum "
        + Checksum.text(of: [images.labels.map { UInt32($0) }, images.pixels.map(\.bitPattern)].joined()),
      metric: Metric(
        name: "images-right", format: .share, higherIsBetter: true,
        reference: "always giving the most frequent digit gives \(Metric.Format.share.text(images.chance)) on the "
          + "\(Decimals.grouped(images.test.count)) test images of \(images.source)\(published)"),
      measure: .sequencesRight,
      training: DigitSequences(images, part: images.training, isPixelwise: isPixelwise),
      heldOut: DigitSequences(images, part: images.heldOut, isPixelwise: isPixelwise),
      tests: [Test("", DigitSequences(images, part: images.test, isPixelwise: isPixelwise))], hiddenSize: 64,
      learningRate: 0.005)
  }

  static func digitsName(isPixelwise: Bool) -> String { isPixelwise ? "digits-pixels" : "digits-rows" }
}
