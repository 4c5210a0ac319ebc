import DenseArrays
import Foundation
import Testing

@testable import CellComparison

@Suite("Images of digits")
struct DigitsTests {
  /// Lines of 3 x 3 images: image i has the label i modulo 10 and the pixels i, i + 1, ...
  private static func lines(_ count: Int, label: DigitImages.LabelColumn = .first) -> [String] {
    (0..<count).map { image in
      let pixels = (0..<9).map { String(image + $0) }
      return (label == .first ? ["\(image % 10)"] + pixels : pixels + ["\(image % 10)"]).joined(separator: ",")
    }
  }

  @Test("images are read with the label first or last, in an order of their own, each once")
  func reading() throws {
    for (label, heading) in [(DigitImages.LabelColumn.first, ""), (.last, "a,b,c,d,e,f,g,h,i,label\n")] {
      let images = try DigitImages(
        text: heading + Self.lines(40, label: label).joined(separator: "\n"), path: "p", label: label)
      #expect(images.side == 3)
      #expect(images.training == 0..<32 && images.heldOut == 32..<36 && images.test == 36..<40)
      // The largest pixel is 39 + 8; an image's first pixel is its number.
      let numbers = (0..<40).map { Int((images.pixels[9 * $0] * 47).rounded()) }
      #expect(numbers.sorted() == Array(0..<40) && numbers != Array(0..<40))
      #expect(images.labels == numbers.map { $0 % 10 })
      for (image, number) in numbers.enumerated() {
        #expect((0..<9).allSatisfy { abs(images.pixels[9 * image + $0] * 47 - Float(number + $0)) < 1e-4 })
      }
      // Four test images: the most frequent digit is in one of them at least.
      let test = images.labels[images.test]
      #expect(images.chance == Double(Set(test).map { digit in test.count { $0 == digit } }.max() ?? 0) / 4)
    }
  }

  @Test("sequences are rows or pixels in the order of reading")
  func sequences() throws {
    let images = try DigitImages(text: Self.lines(40).joined(separator: "\n"), path: "p")
    var random = RandomSource(seed: 1)
    for isPixelwise in [false, true] {
      let problem = DigitSequences(images, part: images.heldOut, isPixelwise: isPixelwise)
      let test = problem.testBatches(using: &random)
      #expect(test.count == 1 && test[0].count == 4)
      for batch in test + [problem.batch(count: 30, using: &random)] {
        #expect(batch.steps == (isPixelwise ? 9 : 3) && batch.inputs.shape[2] == (isPixelwise ? 1 : 3))
        for row in 0..<batch.count {
          let pixels = (0..<9).map { k in
            Int((batch.inputs[k / batch.inputs.shape[2], row, k % batch.inputs.shape[2]] * 47).rounded())
          }
          #expect(pixels == (0..<9).map { pixels[0] + $0 })
          #expect(batch.labels(row) == [pixels[0] % 10])
        }
      }
      let held = Set((0..<4).map { test[0].inputs[0, $0, 0] })
      #expect(held == Set(images.heldOut.map { Double(images.pixels[9 * $0]) }))
    }
  }

  @Test("files of the wrong shape are refused, with line and column")
  func refusals() {
    func error(_ change: (inout [String]) -> Void, label: DigitImages.LabelColumn = .first) -> DigitsError? {
      var lines = Self.lines(30)
      change(&lines)
      do {
        _ = try DigitImages(text: lines.joined(separator: "\n"), path: "p", label: label)
        return nil
      } catch {
        return error
      }
    }
    #expect(error { _ in } == nil)
    #expect(error { $0 = [] } == .tooFew(path: "p", count: 0, needed: 20))
    #expect(error { $0.removeLast(11) } == .tooFew(path: "p", count: 19, needed: 20))
    #expect(error { $0[0] += ",1" } == .notSquare(path: "p", line: 1, pixels: 10))
    #expect(error { $0 = $0.map { String($0.prefix(3)) } } == .notSquare(path: "p", line: 1, pixels: 1))
    #expect(error { $0[4] += ",1" } == .fieldCount(path: "p", line: 5, expected: 10, found: 11))
    #expect(error { $0[29] = "3,1,2" } == .fieldCount(path: "p", line: 30, expected: 10, found: 3))
    #expect(error { $0[2] = "10" + $0[2].dropFirst() } == .notADigit(path: "p", line: 3, column: 1, found: "10"))
    #expect(error { $0[2] = "1.5" + $0[2].dropFirst() } == .notADigit(path: "p", line: 3, column: 1, found: "1.5"))
    #expect(error({ _ in }, label: .last) == .notADigit(path: "p", line: 3, column: 10, found: "10"))
    #expect(error { $0[6] = "6,1,2,x,4,5,6,7,8,9" } == .notAPixel(path: "p", line: 7, column: 4, found: "x"))
    #expect(error { $0[6] = "6,1,2,,4,5,6,7,8,9" } == .notAPixel(path: "p", line: 7, column: 4, found: ""))
    #expect(error { $0[6] = "6,1,2,-1,4,5,6,7,8,9" } == .notAPixel(path: "p", line: 7, column: 4, found: "-1"))
    #expect(error { $0 = $0.map { _ in "1,0,0,0,0" } } == .blank(path: "p"))
    #expect(throws: DigitsError.unreadable(path: "/nonesuch/digits", reason: "there is no such file")) {
      try DigitImages(path: "/nonesuch/digits")
    }
  }
}
