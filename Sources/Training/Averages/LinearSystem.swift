/// A system of linear equations, solved by Gauss's elimination with the largest pivot of each column, in double
/// precision.
enum LinearSystem {
    /// The solution of matrix x = right; nil where the matrix is singular.
    /// - Parameter matrix: as many rows as columns, by row.
    static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double]? {
        var rows = zip(matrix, right).map { $0 + [$1] }
        let count = rows.count
        for column in 0..<count {
            guard let pivot = (column..<count).max(by: { rows[$0][column].magnitude < rows[$1][column].magnitude }),
                rows[pivot][column] != 0
            else { return nil }
            rows.swapAt(column, pivot)
            for row in (column + 1)..<max(column + 1, count) {
                let factor = rows[row][column] / rows[column][column]
                if factor == 0 { continue }
                for place in column...count { rows[row][place] -= factor * rows[column][place] }
            }
        }
        var solution = [Double](repeating: 0, count: count)
        for row in (0..<count).reversed() {
            var rest = rows[row][count]
            for place in (row + 1)..<max(row + 1, count) { rest -= rows[row][place] * solution[place] }
            solution[row] = rest / rows[row][row]
        }
        return solution
    }
}
