"""Second factors, and accounts of an OpenID provider"""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('identities',
    sa.Column('account', sa.BigInteger(), nullable=False),
    sa.Column('issuer', sa.String(), nullable=False),
    sa.Column('subject', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['accounts.id'], name=op.f('fk_identities_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account', name=op.f('pk_identities')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_identities_issuer_subject')),
    )
    op.create_table('recovery_codes',
    sa.Column('account', sa.BigInteger(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['accounts.id'], name=op.f('fk_recovery_codes_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account', 'digest', name=op.f('pk_recovery_codes')),
    )
    op.create_table('second_factors',
    sa.Column('account', sa.BigInteger(), nullable=False),
    sa.Column('secret', sa.String(), nullable=False),
    sa.Column('since', sa.Double(), nullable=True),
    sa.Column('step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['account'], ['accounts.id'], name=op.f('fk_second_factors_account'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('account', name=op.f('pk_second_factors')),
    )


def downgrade() -> None:
    op.drop_table('second_factors')
    op.drop_table('recovery_codes')
    op.drop_table('identities')
