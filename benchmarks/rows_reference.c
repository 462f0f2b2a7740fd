/* The practical limit for whole rows: tight loops over blocks of rows, variable by variable. Checks
   nothing, merges nothing. Compiled and called by rows_table.py. */

#include <stdint.h>
#include <stdlib.h>

enum { BLOCK = 512 };

typedef struct {
    int64_t n;
    const int64_t *order, *cards, *offsets, *parent_ptr, *parent_index, *parent_stride;
} layout;

/* The table cell that each row of a block reads for variable i; column j begins at j * step. */
static void cells(const layout *net, int64_t i, const uint8_t *columns, int64_t step, int64_t rows,
                  int32_t *restrict cell) {
    const uint8_t *own = columns + i * step;
    const int32_t offset = (int32_t)net->offsets[i];
    for (int64_t r = 0; r < rows; r++)
        cell[r] = offset + own[r];
    for (int64_t e = net->parent_ptr[i]; e < net->parent_ptr[i + 1]; e++) {
        const uint8_t *parent = columns + net->parent_index[e] * step;
        const int32_t stride = (int32_t)net->parent_stride[e];
        for (int64_t r = 0; r < rows; r++)
            cell[r] += stride * parent[r];
    }
}

static void block_log_prob(const layout *net, const uint8_t *columns, int64_t step, int64_t rows,
                           const double *restrict logs, double *restrict out) {
    int32_t cell[BLOCK];
    for (int64_t r = 0; r < rows; r++)
        out[r] = 0.0;
    for (int64_t i = 0; i < net->n; i++) {
        cells(net, i, columns, step, rows, cell);
        for (int64_t r = 0; r < rows; r++)
            out[r] += logs[cell[r]];
    }
}

void log_prob_columns(const layout *net, const uint8_t *codes, int64_t rows, const double *logs,
                      double *out) {
    for (int64_t first = 0; first < rows; first += BLOCK) {
        int64_t size = rows - first < BLOCK ? rows - first : BLOCK;
        block_log_prob(net, codes + first, rows, size, logs, out + first);
    }
}

void log_prob_rows(const layout *net, const uint8_t *codes, int64_t rows, const double *logs,
                   double *out) {
    uint8_t *columns = malloc((size_t)net->n * BLOCK);
    for (int64_t first = 0; first < rows; first += BLOCK) {
        int64_t size = rows - first < BLOCK ? rows - first : BLOCK;
        const uint8_t *from = codes + first * net->n;
        for (int64_t r = 0; r < size; r++)
            for (int64_t i = 0; i < net->n; i++)
                columns[i * BLOCK + r] = from[r * net->n + i];
        block_log_prob(net, columns, BLOCK, size, logs, out + first);
    }
    free(columns);
}

/* A step of a 64-bit counter, mixed (splitmix64: Steele, Lea and Flood 2014), as a number in [0, 1). */
static inline double uniform(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1.0p-53;
}

void sample(const layout *net, int64_t rows, const double *cumulative, uint8_t *out) {
    uint8_t *columns = malloc((size_t)net->n * BLOCK);
    int32_t cell[BLOCK];
    uint64_t state = 1;
    for (int64_t first = 0; first < rows; first += BLOCK) {
        int64_t size = rows - first < BLOCK ? rows - first : BLOCK;
        for (int64_t at = 0; at < net->n; at++) {
            const int64_t i = net->order[at], last = net->cards[i] - 1;
            uint8_t *own = columns + i * BLOCK;
            for (int64_t r = 0; r < size; r++)
                own[r] = 0;
            cells(net, i, columns, BLOCK, size, cell);
            for (int64_t r = 0; r < size; r++) {
                const double u = uniform(&state), *row = cumulative + cell[r];
                int64_t value = 0;
                for (int64_t v = 0; v < last; v++)
                    value += u >= row[v];
                own[r] = (uint8_t)value;
            }
        }
        for (int64_t r = 0; r < size; r++)
            for (int64_t i = 0; i < net->n; i++)
                out[(first + r) * net->n + i] = columns[i * BLOCK + r];
    }
    free(columns);
}
